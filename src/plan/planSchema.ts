import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv';
import { distance } from 'fastest-levenshtein';
import schema from '../../media/nibble.schema.json';

/** A place in the file that the schema does not allow. */
export interface SchemaViolation {
  readonly path: readonly (string | number)[];
  /** The property of that place which is at fault, when its name is. */
  readonly property: string | null;
  readonly message: string;
}

/** A person mends a few at a time, and a file with an error in each of its 20,000 rules must not take long. */
export const MAX_VIOLATIONS = 100;
/** Errors of the validator that are looked at; an `anyOf` makes a handful of them for each violation. */
const MAX_ERRORS = 10 * MAX_VIOLATIONS;

let compiled: ValidateFunction | undefined;

/** Checks a parsed plan against `media/nibble.schema.json`, the one description of the file's form. */
export function checkSchema(value: unknown): readonly SchemaViolation[] {
  compiled ??= new Ajv({ allErrors: true, strict: true, strictTypes: false, verbose: true, keywords: ['enumDescriptions', 'defaultSnippets'] }).compile(schema);
  if (compiled(value)) return [];
  return meaningful((compiled.errors ?? []).slice(0, MAX_ERRORS)).slice(0, MAX_VIOLATIONS).map(describe);
}

/**
 * Of the errors of an `anyOf`, keeps those of the branch that has the value's type: a person who wrote an object does not
 * want to read that it is not a string.
 */
function meaningful(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf');
  const dropped = new Set<ErrorObject>();
  for (const choice of choices) {
    const within = errors.filter((error) => error !== choice && isWithin(error, choice));
    const wrongBranches = new Set(within.filter((error) => error.keyword === 'type' && error.instancePath === choice.instancePath).map(branchOf));
    // A wrong word is better answered with everything that is allowed than with the words alone.
    const isWrongWord = (error: ErrorObject): boolean => error.keyword === 'enum' && error.instancePath === choice.instancePath;
    const right = within.filter((error) => !wrongBranches.has(branchOf(error)) && !isWrongWord(error));
    for (const error of within) if (!right.includes(error)) dropped.add(error);
    if (right.length > 0) dropped.add(choice);
  }
  return errors.filter((error) => !dropped.has(error));
}

function isWithin(error: ErrorObject, choice: ErrorObject): boolean {
  return error.schemaPath.startsWith(`${choice.schemaPath}/`) && (error.instancePath === choice.instancePath || error.instancePath.startsWith(`${choice.instancePath}/`));
}

/** The branch of the innermost `anyOf` that an error belongs to: `#/definitions/weights/anyOf/1`. */
function branchOf(error: ErrorObject): string {
  return /^.*\/anyOf\/\d+/.exec(error.schemaPath)?.[0] ?? '';
}

function describe(error: ErrorObject): SchemaViolation {
  const path = error.instancePath.split('/').slice(1).map(unescapePointer);
  const params = error.params as Readonly<Record<string, unknown>>;
  const at = (message: string, property: string | null = null): SchemaViolation => ({ path, property, message });
  const last = path.at(-1);
  const what = last === undefined ? 'The plan' : typeof last === 'number' ? `Entry ${last + 1}` : quote(last);
  switch (error.keyword) {
    case 'additionalProperties': {
      const property = String(params['additionalProperty']);
      const known = Object.keys((error.parentSchema?.['properties'] ?? {}) as object);
      const near = known.find((name) => distance(name, property) <= 2);
      return at(`${quote(property)} is not known here${near === undefined ? `. Allowed: ${list(known, 'and')}.` : `; did you mean ${quote(near)}?`}`, property);
    }
    case 'required':
      return at(`${what} lacks ${quote(String(params['missingProperty']))}.`);
    case 'enum':
      return at(`${what} must be ${list(params['allowedValues'] as readonly unknown[], 'or')}.`);
    case 'const':
      return at(`${what} must be ${JSON.stringify(params['allowedValue'])}.`);
    case 'type':
      return at(`${what} must be ${article(String(params['type']))}.`);
    case 'anyOf':
      return at(`${what} must be ${choices(error.schema)}.`);
    case 'minimum':
      return at(`${what} must be at least ${String(params['limit'])}.`);
    case 'maximum':
      return at(`${what} must be at most ${String(params['limit'])}.`);
    case 'minLength':
      return at(`${what} must not be empty.`);
    case 'maxItems':
      return at(`${what} must have at most ${String(params['limit'])} entries; globs such as "/layer4/**" stand for many layers.`);
    case 'pattern':
      return at(`${what} must be 64 hexadecimal digits in lower case.`);
    default:
      return at(`${what} ${error.message ?? 'is not valid'}.`);
  }
}

function choices(schemas: unknown): string {
  const branches = schemas as readonly { readonly type: string; readonly enum?: readonly unknown[]; readonly properties?: object }[];
  return branches
    .map((branch) => (branch.enum ? branch.enum.map((value) => JSON.stringify(value)).join(', ') : `${article(branch.type)} with ${list(Object.keys(branch.properties ?? {}), 'or')}`))
    .join(' or ');
}

function unescapePointer(part: string): string | number {
  return /^\d+$/.test(part) ? Number(part) : part.replace(/~1/g, '/').replace(/~0/g, '~');
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function list(values: readonly unknown[], word: 'and' | 'or'): string {
  const texts = values.map((value) => JSON.stringify(value));
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} ${word} ${texts.at(-1)!}`;
}

function article(type: string): string {
  return type === 'integer' ? 'a whole number' : /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}
