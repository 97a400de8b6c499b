import type { Model, ValueInfo } from '../../onnx/model';
import { bodiesOf } from './places';

/**
 * Hands out value and node names that nothing in the model has, in any of its graphs: an inner graph sees the names
 * of the graphs around it, so a name must be free everywhere.
 */
export class FreshNames {
  readonly #taken = new Set<string>();

  constructor(model: Model) {
    const take = (name: string): void => void this.#taken.add(name);
    const takeAll = (infos: readonly ValueInfo[]): void => { infos.forEach(({ name }) => { take(name); }); };
    for (const { owner, nodes } of bodiesOf(model)) {
      if (owner.kind === 'graph') {
        const { initializers, sparseInitializers, inputs, outputs, valueInfo } = owner.graph;
        [...initializers, ...sparseInitializers.map(({ values }) => values)].forEach(({ name }) => { take(name); });
        [inputs, outputs, valueInfo].forEach(takeAll);
      } else {
        [...owner.function.inputs, ...owner.function.outputs].forEach(take);
        takeAll(owner.function.valueInfo);
      }
      for (const node of nodes) [node.name, ...node.inputs, ...node.outputs].forEach(take);
    }
  }

  /** `wanted`, or `wanted_2`, `wanted_3` … */
  take(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.#taken.has(name); number += 1) name = `${wanted}_${number}`;
    this.#taken.add(name);
    return name;
  }
}
