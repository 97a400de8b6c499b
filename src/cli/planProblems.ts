import { basename } from 'node:path';
import { findNodeAtLocation, type Node } from 'jsonc-parser';
import type { Analysis } from '../graph/layer';
import { hashFile } from '../jobs/hashFile';
import { parsePlan } from '../plan/parsePlan';
import type { Plan } from '../plan/plan';
import { type PlanProblem, positionAt } from '../plan/problem';
import { unknownDimensions } from '../plan/unknownDimensions';
import { type UnmatchedRule, unmatchedRules } from '../plan/unmatched';
import { unknownDimensionText } from './withModel';

/** A problem with the line and column at which it stands, both from 1. */
export type PlacedProblem = Pick<PlanProblem, 'severity' | 'message'> & { readonly line: number; readonly column: number };

/** What is wrong in the text of a plan by itself and, once the plan can be read, for the model that `analyze` gives. */
export async function planProblems(text: string, path: string, analyze: (plan: Plan) => Pick<Analysis, 'model' | 'layers'>, signal: AbortSignal): Promise<readonly PlacedProblem[]> {
  const { plan, tree, problems } = parsePlan(text);
  const found = plan && tree ? [...(await strangeModel(plan, tree, path, signal)), ...problems, ...mismatches(plan, tree, analyze(plan))] : problems;
  return found.map(({ severity, message, offset }) => ({ severity, ...positionAt(text, offset), message }));
}

export function unmatchedText({ match, suggestion }: UnmatchedRule): string {
  return `No layer matches ${JSON.stringify(match)}${suggestion === null ? '.' : `; did you mean ${JSON.stringify(suggestion)}?`}`;
}

/** What a plan says about things that the model does not have. */
function mismatches(plan: Plan, tree: Node, { model, layers }: Pick<Analysis, 'model' | 'layers'>): readonly PlanProblem[] {
  return [
    // The whole property: it is the name that is wrong, not the value.
    ...unknownDimensions(plan.dimensions ?? {}, model).map((unknown) => warning(findNodeAtLocation(tree, ['dimensions', unknown.name])!.parent!, unknownDimensionText(unknown, model.file))),
    ...unmatchedRules(plan, layers).map((unmatched) => warning(findNodeAtLocation(tree, ['layers', unmatched.rule, 'match'])!, unmatchedText(unmatched))),
  ];
}

/** What speaks against this being the model that the plan was made for. */
async function strangeModel({ model: made }: Plan, tree: Node, path: string, signal: AbortSignal): Promise<readonly PlanProblem[]> {
  const at = (field: 'file' | 'sha256', message: string): readonly PlanProblem[] => [warning(findNodeAtLocation(tree, ['model', field])!, message)];
  if (made && made.file !== basename(path)) return at('file', `The plan was made for ${made.file}, not for ${basename(path)}.`);
  if (made?.sha256 !== undefined && made.sha256 !== (await hashFile(path, signal))) return at('sha256', `${basename(path)} has changed since the plan was made.`);
  return [];
}

function warning({ offset, length }: Node, message: string): PlanProblem {
  return { severity: 'warning', message, offset, length };
}
