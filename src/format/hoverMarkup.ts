import type { HoverText } from '../extension/editorApi';

/** A hover as Markdown. Names from a model are hostile text: nothing in them becomes a link, an image, an icon or HTML. */
export function toMarkdown(hover: HoverText): string {
  const rows = hover.lines.map(([label, value]) => `| ${escapeMarkdown(label)} | ${escapeMarkdown(value)} |`);
  const table = rows.length === 0 ? [] : ['', '| | |', '|:--|:--|', ...rows];
  return [`**${escapeMarkdown(hover.title)}**`, ...table, '', `*${escapeMarkdown(hover.provenance)}*`].join('\n');
}

/** A hover as lines of text, for tooltips without markup and for screen readers. */
export function toPlainText(hover: HoverText): string {
  return [hover.title, ...hover.lines.map(([label, value]) => `${label}: ${value}`), hover.provenance].map(oneLine).join('\n');
}

/** Makes a text mean itself in Markdown. Every ASCII punctuation mark may be escaped; a dollar sign would start an icon. */
export function escapeMarkdown(text: string): string {
  return oneLine(text).replace(/[!-/:-@[-`{-~]/g, '\\$&');
}

/** Control characters and line breaks would end the row that the text stands in. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}
