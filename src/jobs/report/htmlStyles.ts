/** Rules of the HTML report. Lines differ in their dashes, too: a colour never stands alone. */
export const STYLES = `
:root { --back: #fff; --text: #1f2328; --faint: #59636e; --rule: #d1d9e0; --band: #f6f8fa; --one: #0b63c5; --two: #b35900; --three: #1a7f37; --focus: #0b63c5; }
@media (prefers-color-scheme: dark) { :root { --back: #16191f; --text: #e6e9ee; --faint: #9aa4b0; --rule: #343b45; --band: #1e232b; --one: #6cb0ff; --two: #ffb066; --three: #6fdd8b; --focus: #6cb0ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px; max-width: 1120px; background: var(--back); color: var(--text); font: 14px/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 8px; font-size: 24px; overflow-wrap: anywhere; }
h2 { margin: 40px 0 8px; font-size: 18px; border-bottom: 1px solid var(--rule); padding-bottom: 4px; }
.figures { display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 0; padding: 0; list-style: none; color: var(--faint); }
.figures strong { display: block; font-size: 20px; color: var(--text); font-variant-numeric: tabular-nums; }
dl { margin: 8px 0; }
dl div { display: flex; gap: 16px; padding: 3px 0; }
dt { flex: 0 0 128px; color: var(--faint); overflow-wrap: anywhere; }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
p { overflow-wrap: anywhere; }
code { overflow-wrap: anywhere; }
figure { margin: 16px 0; overflow-x: auto; }
figcaption { font-weight: 600; }
svg { display: block; width: 100%; min-width: 640px; height: auto; }
.grid { stroke: var(--rule); stroke-width: 1; fill: none; }
.tick, .label { fill: var(--faint); font-size: 12px; }
.label { fill: var(--text); }
.bar { fill: var(--one); }
.bar:hover { fill: var(--two); }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.line0 { stroke: var(--one); }
.line1 { stroke: var(--two); stroke-dasharray: 6 3; }
.line2 { stroke: var(--three); stroke-dasharray: 2 3; }
.peak { fill: var(--one); stroke: var(--back); stroke-width: 2; }
.table { overflow: auto; max-height: 640px; margin: 12px 0; border: 1px solid var(--rule); border-radius: 6px; }
.table:focus-visible { outline: 2px solid var(--focus); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { position: sticky; top: 0; background: var(--band); text-align: left; font-weight: 600; }
th, td { padding: 4px 12px; border-bottom: 1px solid var(--rule); vertical-align: top; }
td { white-space: nowrap; unicode-bidi: isolate; }
td.long { white-space: normal; overflow-wrap: anywhere; min-width: 260px; }
tbody tr:last-child td { border-bottom: 0; }
tbody tr:hover { background: var(--band); }
.number { text-align: right; white-space: nowrap; }
footer { margin-top: 40px; color: var(--faint); border-top: 1px solid var(--rule); }
@media print { .table { max-height: none; overflow: visible; } th { position: static; } }
`;
