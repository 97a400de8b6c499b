/** Longer labels would leave room for one bar. */
const MAX_AXIS_LABEL = 18;

/** A name as it fits under an axis: its end says more than its beginning. */
export function axisLabel(label: string): string {
  return label.length <= MAX_AXIS_LABEL ? label : `…${label.slice(1 - MAX_AXIS_LABEL)}`;
}
