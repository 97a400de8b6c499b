/** Colours for canvases, which cannot use CSS variables themselves. */
export interface ThemeColours {
  readonly foreground: string;
  readonly muted: string;
  readonly lines: string;
  readonly background: string;
  readonly blue: string;
  readonly purple: string;
  readonly yellow: string;
  readonly before: string;
  /** For parts of a whole, in the order in which they are used. */
  readonly series: readonly string[];
  readonly font: string;
}

/** The first of these variables that the theme sets. */
function variable(styles: CSSStyleDeclaration, names: readonly string[], otherwise: string): string {
  for (const name of names) {
    const value = styles.getPropertyValue(name).trim();
    if (value !== '') return value;
  }
  return otherwise;
}

/** Reads the theme's colours. The fallbacks are system colours, so that a theme that sets nothing is still legible. */
export function themeColours(): ThemeColours {
  const styles = getComputedStyle(document.body);
  const foreground = variable(styles, ['--vscode-foreground'], 'CanvasText');
  return {
    foreground,
    muted: variable(styles, ['--vscode-descriptionForeground'], foreground),
    lines: variable(styles, ['--vscode-contrastBorder', '--vscode-panel-border', '--vscode-charts-lines'], 'GrayText'),
    background: variable(styles, ['--vscode-editor-background'], 'Canvas'),
    blue: variable(styles, ['--vscode-charts-blue'], 'LinkText'),
    purple: variable(styles, ['--vscode-charts-purple'], 'VisitedText'),
    yellow: variable(styles, ['--vscode-charts-yellow'], 'Mark'),
    before: variable(styles, ['--nibble-before'], 'GrayText'),
    series: ['blue', 'purple', 'green', 'yellow', 'red'].map((name) => variable(styles, [`--vscode-charts-${name}`], foreground)),
    font: variable(styles, ['--vscode-font-family'], 'system-ui'),
  };
}

/** Calls back when VS Code has switched the theme: it rewrites the root's variables and the body's classes. */
export function onThemeChange(listener: () => void): void {
  let frame = 0;
  const observer = new MutationObserver(() => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(listener);
  });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
}
