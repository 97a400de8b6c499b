import type { Call } from '../call';
import type { Environment } from '../environment';
import type { Step } from '../step';
import type { BodyResult, BodyRunner } from './runner';
import { either } from './merge';

const THEN = 'then_branch';
const ELSE = 'else_branch';

/**
 * If: both branches are walked, so that both have rows. A constant condition decides; else the result is what both
 * branches agree on. Null when a branch is missing.
 */
export function runBranches(runner: BodyRunner, step: Step, call: Call, environment: Environment): BodyResult | null {
  const [yes, no] = [step.bodies.get(THEN), step.bodies.get(ELSE)];
  if (yes === undefined || no === undefined) return call.fail('it lacks a branch');
  const results = [runner.run(yes, environment, []), runner.run(no, environment, [])] as const;
  const condition = call.value(0)?.elements?.[0];
  if (typeof condition === 'number') {
    return condition !== 0 ? { outputs: results[0], taken: THEN } : { outputs: results[1], taken: ELSE };
  }
  const disagreement = { reason: `${step.node.op}: its branches give different shapes`, blockedBy: step.name };
  const outputs = results[0].map((value, index) => {
    const other = results[1][index];
    return other === undefined ? value : either(value, other, disagreement);
  });
  return { outputs, taken: null };
}
