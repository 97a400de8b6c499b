import { createScanner, findNodeAtLocation, getNodeValue, type Node, parseTree, type ParseError, printParseErrorCode } from 'jsonc-parser';
import { NibbleError } from '../errors';
import { hasWildcard } from './glob';
import type { Plan } from './plan';
import { checkSchema, type SchemaViolation } from './planSchema';
import { type PlanProblem, positionAt } from './problem';

/** A plan for 50,000 layers that names every one of them takes about 6 million characters. */
export const MAX_PLAN_CHARACTERS = 8_000_000;
/** The plan's own form is five levels deep; the parser calls itself for every level. */
export const MAX_PLAN_DEPTH = 64;
/** Each glob may have to look at every layer of the model, on every edit. */
export const MAX_GLOB_RULES = 1_000;
export const MAX_GLOB_CHARACTERS = 1_000;

export interface ParsedPlan {
  /** Null when there is an error; a warning leaves the plan in force. */
  readonly plan: Plan | null;
  readonly problems: readonly PlanProblem[];
  /** The syntax tree, when the text is JSON at all; comments and trailing commas are allowed. */
  readonly tree: Node | null;
}

/** Reads the text of a `*.nibble.json` file. Never throws. */
export function parsePlan(text: string): ParsedPlan {
  const source = text.startsWith('\ufeff') ? ` ${text.slice(1)}` : text;
  const refusal = tooLarge(source);
  if (refusal) return { plan: null, problems: [refusal], tree: null };
  if (source.trim() === '') return failed('The plan is empty. Write at least { "version": 1 }.', 0, 0);

  const errors: ParseError[] = [];
  const tree = parseTree(source, errors, { allowTrailingComma: true });
  if (!tree || errors.length > 0) {
    return { plan: null, problems: errors.map((error) => syntaxProblem(error)), tree: null };
  }
  const problems = [...duplicateKeys(tree), ...checkSchema(getNodeValue(tree)).map((violation) => schemaProblem(tree, violation))];
  if (problems.length === 0) problems.push(...excessiveGlobs(tree, getNodeValue(tree) as Plan));
  const plan = problems.length === 0 ? (getNodeValue(tree) as Plan) : null;
  problems.sort((a, b) => a.offset - b.offset);
  return { plan, problems, tree };
}

/** As `parsePlan`; throws `invalid-plan` with the place of the first error. `file` is what to call it in the message. */
export function readPlan(text: string, file: string): Plan {
  const { plan, problems } = parsePlan(text);
  if (plan) return plan;
  const [first, ...others] = problems.filter(({ severity }) => severity === 'error');
  if (!first) throw new NibbleError('invalid-plan', `${file} is not a plan: it is not JSON.`, { file });
  const { line, column } = positionAt(text, first.offset);
  const more = others.length > 0 ? ` (${others.length} more)` : '';
  throw new NibbleError('invalid-plan', `${file}:${line}:${column}: ${first.message}${more}`, { file });
}

function failed(message: string, offset: number, length: number): ParsedPlan {
  return { plan: null, problems: [{ severity: 'error', message, offset, length }], tree: null };
}

/** Refuses what would take the parser too long or too deep; scanning alone is linear and flat. */
function tooLarge(text: string): PlanProblem | null {
  if (text.length > MAX_PLAN_CHARACTERS) {
    return { severity: 'error', message: `The plan has more than ${MAX_PLAN_CHARACTERS} characters. Use globs such as "/layer4/**" to say the same in fewer rules.`, offset: 0, length: 0 };
  }
  const scanner = createScanner(text, true);
  let depth = 0;
  // Past an unterminated comment the scanner's tokens have a length at the end of the text, too: the offset is what counts.
  for (scanner.scan(); scanner.getTokenOffset() < text.length; scanner.scan()) {
    const first = text[scanner.getTokenOffset()]!;
    if (first === '{' || first === '[') depth += 1;
    else if (first === '}' || first === ']') depth -= 1;
    if (depth > MAX_PLAN_DEPTH) {
      return { severity: 'error', message: `Brackets are nested more than ${MAX_PLAN_DEPTH} deep here; a plan is not.`, offset: scanner.getTokenOffset(), length: 1 };
    }
  }
  return null;
}

function syntaxProblem({ error, offset, length }: ParseError): PlanProblem {
  // "CommaExpected" → "comma expected"
  const words = printParseErrorCode(error).replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return { severity: 'error', message: `Not valid JSON: ${words}.`, offset, length };
}

function duplicateKeys(tree: Node): PlanProblem[] {
  const problems: PlanProblem[] = [];
  const visit = (node: Node): void => {
    const seen = new Set<string>();
    for (const child of node.children ?? []) {
      const key = child.type === 'property' ? child.children?.[0] : undefined;
      if (key) {
        const name = String(key.value);
        if (seen.has(name)) problems.push({ severity: 'error', message: `${JSON.stringify(name)} is there twice; remove one.`, offset: key.offset, length: key.length });
        seen.add(name);
      }
      visit(child);
    }
  };
  visit(tree);
  return problems;
}

function schemaProblem(tree: Node, { path, property, message }: SchemaViolation): PlanProblem {
  const holder = findNodeAtLocation(tree, [...path]) ?? tree;
  const named = property === null ? undefined : holder.children?.find((child) => child.children?.[0]?.value === property)?.children?.[0];
  const node = named ?? holder;
  // A whole object or array is marked by its bracket: a squiggle under the whole file hides more than it shows.
  const length = node.type === 'object' || node.type === 'array' ? 1 : node.length;
  return { severity: 'error', message, offset: node.offset, length };
}

function excessiveGlobs(tree: Node, plan: Plan): PlanProblem[] {
  let globs = 0;
  for (const [index, { match }] of (plan.layers ?? []).entries()) {
    if (!hasWildcard(match)) continue;
    globs += 1;
    const at = findNodeAtLocation(tree, ['layers', index, 'match']);
    const place = { severity: 'error', offset: at?.offset ?? 0, length: at?.length ?? 0 } as const;
    if (globs > MAX_GLOB_RULES) return [{ ...place, message: `The plan has more than ${MAX_GLOB_RULES} rules with wildcards. Join some of them.` }];
    if (match.length > MAX_GLOB_CHARACTERS) return [{ ...place, message: `A glob may have at most ${MAX_GLOB_CHARACTERS} characters.` }];
  }
  return [];
}
