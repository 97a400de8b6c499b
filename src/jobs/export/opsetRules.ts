import type { Attribute, Node } from '../../onnx/model';

/**
 * What a node needs in order to mean in a newer operator set what it means in its own:
 * nothing; an attribute that became an input; an attribute that went and said nothing any more; a new attribute; or it cannot.
 */
export type Adaptation =
  | { readonly kind: 'none' }
  | { readonly kind: 'input'; readonly attribute: string; readonly values: readonly number[] }
  | { readonly kind: 'drop'; readonly attribute: string }
  | { readonly kind: 'add'; readonly attribute: string; readonly value: number }
  | { readonly kind: 'refuse'; readonly why: string };

/** `rank`: of the node's first input; null when it is not known. */
type Rule = (node: Node, rank: number | null) => Adaptation;

const NONE: Adaptation = { kind: 'none' };

function refuse(why: string): Adaptation {
  return { kind: 'refuse', why };
}

/** An attribute of integers that became the second input. */
function becameInput(attribute: string): Rule {
  return ({ attributes, inputs }) => {
    const value = attributes.get(attribute);
    if (value === undefined || (value.kind === 'ints' && value.value.length === 0)) return NONE;
    if (value.kind !== 'ints' || inputs.length !== 1) return refuse(`its ${attribute} cannot be made an input`);
    return { kind: 'input', attribute, values: value.value };
  };
}

/** Before operator set 13 these worked on all axes from `axis` on at once; that is the same only for the last axis. */
const onLastAxis: Rule = ({ attributes }, rank) => {
  const axis = attributes.get('axis');
  if (axis !== undefined && axis.kind !== 'int') return refuse('its axis is not a number');
  if (axis?.value === -1) return NONE;
  if (rank === null) return refuse('it is not known on how many axes it works');
  if ((axis?.value ?? 1) !== rank - 1) return refuse('it works on several axes at once');
  return axis === undefined && rank !== 2 ? refuse('its default axis is another one there') : NONE;
};

const splitsEqually: Rule = ({ attributes, inputs, outputs }) =>
  inputs.length > 1 || attributes.has('split') || attributes.has('num_outputs') ? NONE : { kind: 'add', attribute: 'num_outputs', value: outputs.length };

const droppedRatio: Rule = ({ attributes }) => (attributes.has('ratio') ? { kind: 'drop', attribute: 'ratio' } : NONE);

function textOf(attribute: Attribute | undefined): string {
  return attribute?.kind === 'string' ? attribute.value : '';
}

function changedMeaning(why: string, applies: (node: Node) => boolean = () => true): Rule {
  return (node) => (applies(node) ? refuse(why) : NONE);
}

interface OpsetChange {
  /** The operator set that brought the change. */
  readonly since: number;
  readonly ops: readonly string[];
  readonly rule: Rule;
}

/**
 * Changes of the standard operators after operator set 11 that older nodes are not valid with, or would mean something
 * else with, up to `NEWEST_RULED`. All other new versions of operators only take more types or have new attributes whose default is the
 * old behaviour (compared schema by schema with the ones that the onnx package carries).
 */
const CHANGES: readonly OpsetChange[] = [
  { since: 12, ops: ['Dropout'], rule: droppedRatio },
  { since: 13, ops: ['Squeeze', 'Unsqueeze', 'ReduceSum'], rule: becameInput('axes') },
  { since: 13, ops: ['Split'], rule: becameInput('split') },
  { since: 13, ops: ['Softmax', 'LogSoftmax', 'Hardmax'], rule: onLastAxis },
  { since: 13, ops: ['Resize'], rule: changedMeaning('its way of finding coordinates is gone there', ({ attributes }) => textOf(attributes.get('coordinate_transformation_mode')) === 'tf_half_pixel_for_nn') },
  { since: 14, ops: ['BatchNormalization'], rule: changedMeaning('its training outputs are others there', ({ outputs }) => outputs.length > 1) },
  { since: 16, ops: ['RoiAlign'], rule: changedMeaning('it counts coordinates in another way there') },
  { since: 18, ops: ['ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceSumSquare'], rule: becameInput('axes') },
  { since: 18, ops: ['Split'], rule: splitsEqually },
  { since: 20, ops: ['GridSample'], rule: changedMeaning('its modes have other names there', ({ attributes }) => attributes.has('mode')) },
  { since: 20, ops: ['DFT'], rule: changedMeaning('its axis is an input there') },
  { since: 21, ops: ['GroupNormalization'], rule: changedMeaning('its scale has another shape there') },
];

/** Before this operator set too many operators were different. */
export const OLDEST_RULED = 11;
/** The rules have been compared up to this operator set. */
export const NEWEST_RULED = 25;

const BY_OP = new Map<string, readonly OpsetChange[]>();
for (const change of CHANGES) for (const op of change.ops) BY_OP.set(op, [...(BY_OP.get(op) ?? []), change]);

/** What a node of the standard domain needs when its operator set is raised. At most one of its changes asks for an edit. */
export function adaptationOf(node: Node, rank: number | null, from: number, to: number): Adaptation {
  if (node.domain !== '') return NONE;
  const wanted = (BY_OP.get(node.op) ?? []).filter(({ since }) => from < since && since <= to).map(({ rule }) => rule(node, rank));
  return wanted.find(({ kind }) => kind === 'refuse') ?? wanted.find(({ kind }) => kind !== 'none') ?? NONE;
}
