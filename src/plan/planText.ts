import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';
import { NibbleError } from '../errors';
import { type ContainerEdit, editContainer } from './containerEdit';
import { parsePlan, readPlan } from './parsePlan';
import type { Plan } from './plan';
import { applyChange, editBetween, type TextChange, type TextEdit } from './textChange';

/*
 * Changes of single places in a plan's text, from which edits are put together. All keep comments and layout. Offsets of nodes are those
 * of the text that they were parsed from.
 */

/** What to call the text in messages when its file is not known here. */
export const THE_PLAN = 'The plan';

/** What rules and the default say something about. */
export type PlannedField = 'weights' | 'activations';

/** The syntax tree of a plan. Throws `invalid-plan` when there is none. */
export function rootOf(text: string): Node {
  const { tree } = parsePlan(text);
  if (!tree) readPlan(text, THE_PLAN);
  return tree!;
}

function indexOfProperty(object: Node, name: string): number {
  return (object.children ?? []).findIndex((property) => property.children?.[0]?.value === name);
}

/** Sets a property of an object in the text, or adds it at the end; null removes it. */
export function setIn(text: string, object: Node, name: string, json: string | null): string {
  const value = findNodeAtLocation(object, [name]);
  if (value && json !== null) return editContainer(text, object, { within: [{ offset: value.offset, length: value.length, content: json }] });
  if (json !== null) return editContainer(text, object, { append: [`${JSON.stringify(name)}: ${json}`] });
  return value ? editContainer(text, object, { remove: new Set([indexOfProperty(object, name)]) }) : text;
}

/** Sets a property of the plan itself. */
export function setProperty(text: string, name: string, json: string): string {
  return setIn(text, rootOf(text), name, json);
}

/** Sets a property of an object in the plan, which is made where it is needed; null removes the property. */
export function setNested(text: string, holder: 'default' | 'calibration', name: string, json: string | null): string {
  const root = rootOf(text);
  const object = findNodeAtLocation(root, [holder]);
  if (object && json !== null && isOnOneLine(text, object) && !findNodeAtLocation(object, [name])) return applyChange(text, behindLast(object, `${JSON.stringify(name)}: ${json}`));
  if (object) return setIn(text, object, name, json);
  return json === null ? text : editContainer(text, root, { append: [`${JSON.stringify(holder)}: { ${JSON.stringify(name)}: ${json} }`] });
}

/** Objects of a few short properties stay on the line that they are written on. */
function isOnOneLine(text: string, { offset, length, children }: Node): boolean {
  return (children ?? []).length > 0 && !/[\r\n]/.test(text.slice(offset, offset + length));
}

function behindLast({ children }: Node, property: string): TextChange {
  const { offset, length } = children!.at(-1)!;
  return { offset: offset + length, length: 0, content: `, ${property}` };
}

/** What layers get that no rule matches; null: nothing is said about it any more. */
export function setDefault(text: string, field: PlannedField, json: string | null): string {
  return setNested(text, 'default', field, json);
}

/** Adds rules behind all others. */
export function appendRules(text: string, rules: readonly string[]): string {
  if (rules.length === 0) return text;
  const root = rootOf(text);
  const list = findNodeAtLocation(root, ['layers']);
  return list ? editContainer(text, list, { append: rules }) : editContainer(text, root, { append: [listProperty(text, rules)] });
}

/** Takes what rules say about something out of them; a rule that says nothing else is removed. */
export function dropFromRules(text: string, plan: Plan, rules: ReadonlySet<number>, field: PlannedField): string {
  const list = findNodeAtLocation(rootOf(text), ['layers']);
  return list && rules.size > 0 ? editContainer(text, list, withoutField(text, list, plan, rules, field)) : text;
}

/** As `dropFromRules`, for an edit of the list that does more. */
export function withoutField(text: string, list: Node, plan: Plan, rules: ReadonlySet<number>, field: PlannedField): Required<Pick<ContainerEdit, 'remove' | 'within'>> {
  const remove = new Set<number>();
  const within: TextChange[] = [];
  const other = field === 'weights' ? 'activations' : 'weights';
  for (const index of rules) {
    if (plan.layers?.[index]?.[other] === undefined) remove.add(index);
    else within.push(ruleWithout(text, list.children![index]!, field));
  }
  return { remove, within };
}

/** Looks at the rule's own text only: a plan may have thousands of them. */
function ruleWithout(text: string, { offset, length }: Node, field: PlannedField): TextChange {
  const rule = text.slice(offset, offset + length);
  return { offset, length, content: setIn(rule, parseTree(rule, [], { allowTrailingComma: true })!, field, null) };
}

/** The error for a choice that no rule can express, because another layer has the same name. */
export function sameNameError(name: string | undefined): NibbleError {
  return new NibbleError('invalid-plan', `No rule can tell ${JSON.stringify(name)} from another layer: both have that name. Rename one of them in the model.`, name === undefined ? {} : { node: name });
}

/** The edit, when its outcome is a plan. Throws `invalid-argument` when it is not. */
export function checkedEdit(before: string, after: string): TextEdit {
  readPlan(before, THE_PLAN);
  const problem = parsePlan(after).problems.find(({ severity }) => severity === 'error');
  if (problem) throw new NibbleError('invalid-argument', problem.message);
  return editBetween(before, after);
}

/** A "layers" property with one rule on each line. */
function listProperty(text: string, rules: readonly string[]): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return `"layers": [${rules.map((rule) => `${eol}    ${rule}`).join(',')}${eol}  ]`;
}
