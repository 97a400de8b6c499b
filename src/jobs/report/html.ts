import { formatBytes, formatCount } from '../../format/numbers';
import { chartSvg } from './charts';
import { escapeHtml } from './escape';
import type { Report } from './records';
import { STYLES } from './htmlStyles';
import type { Section, WrittenTable } from './sections';
import { sectionsOf } from './sections';

/** Rows of the table of layers: browsers need seconds to lay out a table of more. */
export const MAX_LAYERS_IN_HTML = 5_000;

/** A report as one page that needs nothing else: no script, no network, readable in light and dark. */
export function htmlReport(report: Report): string {
  const { model, totals, memory, sha256, nibble } = report;
  const figures: readonly (readonly [string, string])[] = [
    ['parameters', formatCount(totals.parameters)], ['weights', formatBytes(totals.weightBytes)], ['MACs', formatCount(totals.macs)],
    ['FLOPs', formatCount(totals.flops)], ['activations at the peak', formatBytes(memory.separate.peak)],
  ];
  const name = escapeHtml(model.file);
  return [
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">\n`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light dark">\n<meta name="generator" content="Nibble ${escapeHtml(nibble)}">\n`,
    `<title>${name}</title>\n<style>${STYLES}</style>\n</head>\n<body>\n<header>\n<h1>${name}</h1>\n`,
    `<ul class="figures">${figures.map(([label, value]) => `<li><strong>${escapeHtml(value)}</strong> ${escapeHtml(label)}</li>`).join('')}</ul>\n</header>\n<main>\n`,
    ...sectionsOf(report, MAX_LAYERS_IN_HTML).map(sectionHtml),
    `</main>\n<footer><p>Made by Nibble ${escapeHtml(nibble)} from the file with SHA-256 <code>${escapeHtml(sha256)}</code>. The same version gives the same figures for the same file, dimensions and convention.</p></footer>\n</body>\n</html>\n`,
  ].join('');
}

function sectionHtml({ title, text, facts, charts, tables }: Section): string {
  const list = facts.length === 0 ? '' : `<dl>${facts.map(([label, value]) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl>\n`;
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${text.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>\n`).join('')}${list}${charts.map(chartSvg).join('\n')}${tables.map((table) => tableHtml(title, table)).join('')}</section>\n`;
}

/** Texts up to this many characters stay on one line. */
const MAX_UNBROKEN = 40;

/** A wide table scrolls in a box of its own, which the keyboard can reach. */
function tableHtml(label: string, { columns, rows }: WrittenTable): string {
  const isLong = columns.map((_, index) => rows.some((row) => row[index]!.length > MAX_UNBROKEN));
  const classOf = (index: number): string => (columns[index]!.align === 'right' ? ' class="number"' : isLong[index]! ? ' class="long"' : '');
  const head = columns.map(({ title }, index) => `<th scope="col"${classOf(index)}>${escapeHtml(title)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell, index) => `<td${classOf(index)}>${escapeHtml(cell)}</td>`).join('')}</tr>\n`).join('');
  return `<div class="table" role="region" aria-label="${escapeHtml(label)}" tabindex="0"><table><thead><tr>${head}</tr></thead>\n<tbody>\n${body}</tbody></table></div>\n`;
}
