import type { ChartOptions, Plugin } from 'chart.js';
import type { ThemeColours } from '../theme';

/** What all charts share. Animation is off: figures should stand still, and some people need them to. */
export function baseOptions(colours: ThemeColours): ChartOptions {
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    // Hovering is the page's own tooltip.
    events: [],
    color: colours.foreground,
    borderColor: colours.lines,
    font: { family: colours.font, size: 11 },
  };
}

export function axisStyle(colours: ThemeColours): { readonly ticks: { readonly color: string; readonly font: { readonly family: string; readonly size: number } } } {
  return { ticks: { color: colours.muted, font: { family: colours.font, size: 11 } } };
}

type AxisOptions = NonNullable<NonNullable<ChartOptions<'bar' | 'line'>['scales']>[string]>;

/** Names along the bottom, as many as there is room for; `padding` in pixels stays free between two. */
export function nameAxis(colours: ThemeColours, padding: number): AxisOptions {
  return { grid: { display: false }, border: { color: colours.lines }, ticks: { ...axisStyle(colours).ticks, autoSkip: true, autoSkipPadding: padding, maxRotation: 0 } };
}

/** Amounts from zero up, with a few thin lines. */
export function amountAxis(colours: ThemeColours): AxisOptions {
  return { beginAtZero: true, grid: { color: colours.lines, lineWidth: 0.5 }, border: { display: false }, ticks: { ...axisStyle(colours).ticks, maxTicksLimit: 5 } };
}

/** The colour with an alpha of a third; theme colours come as #rgb, #rrggbb or names. */
export function translucent(colour: string): string {
  return `color-mix(in srgb, ${colour} 35%, transparent)`;
}

/** Lines closer than this many pixels run together into a solid block; what they span is drawn as a bracket then. */
const MIN_LINE_DISTANCE = 4;
const BRACKET_HEIGHT = 10;

/** Draws upright lines at positions of the x axis, in ascending order. */
export function levelLines(levels: readonly number[], colour: string): Plugin {
  return {
    id: 'levelLines',
    afterDatasetsDraw: (chart) => {
      const scale = chart.scales['x'];
      if (scale === undefined) return;
      const { ctx, chartArea } = chart;
      ctx.save();
      ctx.strokeStyle = colour;
      ctx.beginPath();
      const at = (level: number): number => Math.round(scale.getPixelForValue(level)) + 0.5;
      const [first = 0, last = first] = [levels[0], levels.at(-1)];
      if (at(last) - at(first) < MIN_LINE_DISTANCE * (levels.length - 1)) {
        const y = chartArea.bottom - BRACKET_HEIGHT / 2;
        ctx.lineWidth = 2;
        ctx.moveTo(at(first), y);
        ctx.lineTo(at(last), y);
        for (const end of [first, last]) {
          ctx.moveTo(at(end), chartArea.bottom - BRACKET_HEIGHT);
          ctx.lineTo(at(end), chartArea.bottom);
        }
      } else {
        ctx.lineWidth = 1;
        for (const level of levels) {
          ctx.moveTo(at(level), chartArea.top);
          ctx.lineTo(at(level), chartArea.bottom);
        }
      }
      ctx.stroke();
      ctx.restore();
    },
  };
}

/** Marks the point that the pointer or the keyboard is on. */
export function cursorLine(index: () => number | null, colour: string): Plugin {
  return {
    id: 'cursorLine',
    afterDatasetsDraw: (chart) => {
      const at = index();
      const point = at === null ? undefined : chart.getDatasetMeta(0).data[at];
      if (point === undefined) return;
      const { ctx, chartArea } = chart;
      const horizontal = chart.options.indexAxis === 'y';
      ctx.save();
      ctx.strokeStyle = colour;
      ctx.setLineDash([2, 2]);
      ctx.beginPath();
      if (horizontal) {
        ctx.moveTo(chartArea.left, point.y);
        ctx.lineTo(chartArea.right, point.y);
      } else {
        ctx.moveTo(point.x, chartArea.top);
        ctx.lineTo(point.x, chartArea.bottom);
      }
      ctx.stroke();
      ctx.restore();
    },
  };
}
