import { Command, Option } from 'commander';
import { version } from '../../package.json';
import { SEVERITIES } from '../audit/finding';
import { RULES } from '../audit/table';
import { queryHelp } from '../format/queryHelp';
import { REPORT_FORMATS } from '../jobs/report/records';
import type { PlanRule } from '../plan/plan';
import { ACTIVATION_CHOICES, METHOD_CHOICES, parseCount, TARGET_CHOICES } from './activationOptions';
import { analyzeCommand, type AnalyzeOptions } from './analyzeCommand';
import { calibrateCommand, type CalibrateOptions } from './calibrateCommand';
import { auditCommand, type AuditOptions } from './auditCommand';
import { parseBound, parseBytes } from './bounds';
import { checked } from './checkedOption';
import type { Context, OutputOptions } from './context';
import { evaluateCommand, type EvaluateOptions } from './evaluateCommand';
import { compareCommand, type CompareOptions } from './compareCommand';
import { conventionsCommand } from './conventionsCommand';
import { withCounting } from './countingOptions';
import { type DimensionOptions, planCheck, type PlanFileOptions, planInit, type PlanInitOptions, planShow } from './planCommands';
import { quantizeCommand, type QuantizeOptions } from './quantizeCommand';
import { reportCommand, type ReportCommandOptions } from './reportCommand';
import { runCommand, type RunOptions } from './runCommand';
import { FORMATS, parseDimension, parseFormat, parseGranularity, parseLayer, parseRange } from './schemeOptions';

/** The command line. Actions throw what went wrong; a check that found something calls `onFindings`, a bound that is not kept `onBroken`. */
export function createProgram(context: Context, onFindings: () => void, onBroken: () => void): Command {
  const program = new Command('nibble')
    .description('Makes ONNX models smaller: shows what each layer costs, quantizes weights, and measures what that changes.')
    .version(version)
    .configureHelp({ showGlobalOptions: false })
    .addHelpText(
      'after',
      `
Examples:
  nibble analyze resnet.onnx --dim batch=1
  nibble quantize resnet.onnx --weights int8
  nibble quantize resnet.onnx --weights int4 --granularity block:32 --layer '/fc/Gemm=float' -o small.onnx
  nibble audit small.onnx --against resnet.onnx
  nibble compare resnet.onnx small.onnx

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a bound is not kept, 130 interrupted.
With --json stdout is one JSON document in any case; that of a failure is { "error": { "reason", "message", … } }.`,
    );

  withOutput(withCounting(withDimensions(program.command('analyze').summary('show what each layer costs').description('Shows parameters, memory and compute of each layer. Reads no weights.').argument('<model>', 'ONNX file'))))
    .option('--filter <words>', 'only layers that satisfy all words; see below')
    .addOption(new Option('--blocks', 'show parts of the model that are repeated once, with how often they are').conflicts(['filter', 'byOperator', 'csv', 'markdown']))
    .option('--by-operator', 'totals of each operator type instead of layers')
    .addOption(new Option('--memory', 'memory of activations over time: sums, peaks, and what makes the peak').conflicts(['byOperator', 'filter', 'explain']))
    .addOption(new Option('--explain <layer>', 'where the figures of one layer come from: formulas with the numbers put in').conflicts(['byOperator', 'filter', 'memory']))
    .addHelpText('after', `
Words of a filter:
${queryHelp().map(([example, meaning]) => `  ${example.padEnd(44)}${meaning}`).join('\n')}

Examples:
  nibble analyze resnet.onnx
  nibble analyze resnet.onnx --filter 'conv >1MB -[1,64,...]'
  nibble analyze resnet.onnx --by-operator --markdown
  nibble analyze resnet.onnx --convention torchvision
  nibble analyze resnet.onnx --memory
  nibble analyze resnet.onnx --explain /conv1/Conv
  nibble analyze bert.onnx --dim batch=1 --dim sequence=128 --csv > layers.csv`)
    .action((model: string, options: AnalyzeOptions) => { analyzeCommand(model, options, context); });

  withCounting(withDimensions(program.command('report').summary('write a report to pass on').description('Writes what a model costs, with charts where the format has them, and all that it takes to get the same figures again: the file’s hash, dimensions and convention.').argument('<model>', 'ONNX file')))
    .option('-o, --output <file>', 'file to write (default: the terminal)')
    .option('--plan <file>', 'plan whose sizes and errors the report tells, too; they are measured on all weights')
    .addOption(new Option('--format <name>', 'html is one page that needs nothing else; default by the ending of the file, Markdown without one').choices(REPORT_FORMATS))
    .addHelpText('after', `
Examples:
  nibble report resnet.onnx -o resnet.html
  nibble report bert.onnx --dim sequence=128 --format md > bert.md`)
    .action((model: string, options: ReportCommandOptions) => reportCommand(model, options, context));

  withOutput(program.command('conventions').summary('list the ways of counting operations').description('Lists the conventions by which operations can be counted, and the weights of each. "analyze --convention" counts by one of them, "--op-weight" changes a weight.'))
    .action((options: OutputOptions) => { conventionsCommand(options, context); });

  withCalibration(withBounds(withRun(withSchemes(withDimensions(program.command('quantize').summary('write a smaller copy').description('Writes a copy with quantized weights, checks it, and measures how far its outputs move. The model itself is never changed.').argument('<model>', 'ONNX file'))))), 'float')
    .option('-o, --output <file>', 'file to write (default: NAME.FORMAT.onnx beside the model)')
    .option('--plan <file>', 'plan to follow; the options above change its default and add rules (default without options: NAME.nibble.json, if it is there)')
    .addOption(new Option('--layer <rule>', "format of single layers: 'GLOB=int4,block:32', 'GLOB=float'; repeat for more, later ones win").argParser(checked((text, before: readonly PlanRule[] | undefined) => [...(before ?? []), parseLayer(text)])))
    .option('--samples <path>', 'inputs to calibrate with and to compare on: .npz, .npy, a test_data_set folder, or a folder of them (default: those that the plan names, else random inputs)')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', `
Examples:
  nibble quantize resnet.onnx --weights int8
  nibble quantize resnet.onnx --weights uint4 --granularity block:32 --range mse --samples inputs.npz
  nibble quantize resnet.onnx --layer '/layer4/**=int4,block:32' --layer '/fc/Gemm=float' --json
  nibble quantize resnet.onnx --activations uint8 --samples calibration/
  nibble quantize resnet.onnx --target tensorrt --activations int8 --samples calibration/
  nibble quantize resnet.onnx --activations uint8 --samples labelled.npz --max-drop 0.5 --max-bytes 12M`)
    .action(async (model: string, options: QuantizeOptions) => { if (!(await quantizeCommand(model, options, context))) onBroken(); });

  withCalibration(withDimensions(program.command('calibrate').summary('find ranges of activations').description('Runs a model on samples and finds the range of every value that quantizing its activations would quantize, with the samples that set the extremes. The file of ranges can be looked at, changed, and given to quantize.').argument('<model>', 'ONNX file')), 'uint8')
    .option('-o, --output <file>', 'file of ranges to write (default: NAME.ranges.json beside the model)')
    .option('--plan <file>', 'plan to follow; the options change what it says about calibration (default: NAME.nibble.json, if it is there)')
    .option('--samples <path>', 'inputs: .npz, .npy, a test_data_set folder, or a folder of them (default: random inputs)')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', `
Examples:
  nibble calibrate resnet.onnx --samples calibration/ --method percentile
  nibble quantize resnet.onnx --activations uint8 --ranges resnet.ranges.json --samples calibration/`)
    .action((model: string, options: CalibrateOptions) => calibrateCommand(model, options, context));

  withOutput(withDimensions(program.command('compare').summary('compare two models layer by layer').description('Compares two models, such as a float model and one that was made from it: which layers are the same, what they take and cost, how their weights are written and how far the numbers are apart. The first one is the reference. Exit code 1 when the second one lacks what the plan asks for.').argument('<first>', 'ONNX file').argument('<second>', 'ONNX file')))
    .option('--plan <file>', 'plan for the first model; says what the second one has otherwise')
    .option('--all', 'show layers that are the same in both, too')
    .addHelpText('after', `
Examples:
  nibble compare resnet.onnx resnet.int8.onnx
  nibble compare resnet.onnx resnet.quantized.onnx --plan resnet.nibble.json
  nibble compare before.onnx after.onnx --markdown > comparison.md`)
    .action(async (first: string, second: string, options: CompareOptions) => { if (!(await compareCommand(first, second, options, context))) onFindings(); });

  withBounds(withDimensions(program.command('evaluate').summary('measure a quantized model against its original').description('Runs two models side by side on the same inputs, and measures how far the outputs moved.').argument('<model>', 'quantized ONNX file')))
    .requiredOption('--against <file>', 'the model that it was made from')
    .option('--samples <path>', 'inputs: .npz, .npy, a test_data_set folder, or a folder of them; labels in them give an accuracy (default: random inputs)')
    .option('--labels <file>', 'the right class of each sample: .npy, or text with one number on each line')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', `
Examples:
  nibble evaluate resnet.int8.onnx --against resnet.onnx --samples inputs/
  nibble evaluate resnet.int8.onnx --against resnet.onnx --samples labelled.npz --max-drop 0.5`)
    .action(async (model: string, options: EvaluateOptions) => { if (!(await evaluateCommand(model, options, context))) onBroken(); });

  withDimensions(program.command('run').summary('run a model on samples').description('Runs a model on samples and writes what it gives out, one .npz file for each sample with an array for each output.').argument('<model>', 'ONNX file'))
    .option('--samples <path>', 'inputs: .npz, .npy, a test_data_set folder, or a folder of them (default: random inputs)')
    .requiredOption('--out <folder>', 'folder for the outputs; empty or not there yet')
    .addOption(new Option('--count <n>', 'samples to run, spread evenly over those given (default: all)').argParser(checked(parseCount)))
    .option('--json', 'print the result as JSON')
    .addHelpText('after', `
Examples:
  nibble run resnet.onnx --samples inputs/ --out outputs/`)
    .action((model: string, options: RunOptions) => runCommand(model, options, context));

  program.command('audit').summary('find what is wrong with a quantized model').description('Judges a model that is already quantized: wrong or lost numbers, layers that run in float all the same, bytes for nothing.').argument('<model>', 'ONNX file')
    .option('--against <file>', 'the float model that it was made from, to compare sizes')
    .addOption(new Option('--json', 'print the findings as JSON'))
    .addOption(new Option('--sarif <file>', 'write the findings as SARIF 2.1.0 for code scanning; - prints them').conflicts('json'))
    .option('--repair <file>', 'write a copy without the findings that have an exact repair')
    .addOption(new Option('--fail-on <severity>', 'exit with 1 when a finding is this bad or worse').choices([...SEVERITIES, 'never']).default('error'))
    .addHelpText('after', `
Rules: ${RULES.map(({ id }) => id).join(', ')}.

Exit codes: 0 no finding of the severity of --fail-on or worse, 1 such a finding (or the audit failed), 2 wrong usage, 130 interrupted.

Examples:
  nibble audit resnet.int8.onnx --against resnet.onnx
  nibble audit model.onnx --sarif nibble.sarif --fail-on warning
  nibble audit model.onnx --repair repaired.onnx`)
    .action(async (model: string, options: AuditOptions) => { if (!(await auditCommand(model, options, context))) onFindings(); });

  const plan = program.command('plan').summary('make, check or show a plan').description('A plan says which format each layer gets. It is a small JSON file beside the model: NAME.nibble.json.');
  const planFile = (command: Command): Command => command.argument('<model>', 'ONNX file').option('--plan <file>', 'plan file (default: NAME.nibble.json beside the model)');
  withSchemes(withDimensions(planFile(plan.command('init').description('Writes a new plan beside the model.'))))
    .option('--force', 'replace a plan that is there')
    .action((model: string, options: PlanInitOptions) => planInit(model, options, context));
  withDimensions(planFile(plan.command('check').description('Checks a plan: its form, that it was made for this model, and that the model has the layers and dimensions it speaks of. Exit code 1 when something is wrong.')))
    .option('--json', 'print the findings as JSON')
    .action(async (model: string, options: PlanFileOptions & DimensionOptions & OutputOptions) => { if (!(await planCheck(model, options, context))) onFindings(); });
  withOutput(withDimensions(planFile(plan.command('show').description('Shows what a plan means for each layer, and which rule decides.'))))
    .action((model: string, options: PlanFileOptions & DimensionOptions & OutputOptions) => { planShow(model, options, context); });

  for (const command of [program, ...program.commands, ...plan.commands]) command.exitOverride().showHelpAfterError(`(${commandPath(command)} --help shows what is allowed)`);
  return program;
}

function commandPath(command: Command): string {
  return command.parent ? `${commandPath(command.parent)} ${command.name()}` : command.name();
}

function withDimensions(command: Command): Command {
  return command.addOption(new Option('--dim <name=value>', 'value of a named dimension; repeat for more').default({}, 'as the model or the plan says').argParser(checked(parseDimension)));
}

function withRun(command: Command): Command {
  command
    .option('--run', 'run float and quantized model side by side, however large (default: up to 512 MiB of weights)')
    .option('--no-run', 'do not run them');
  // Both set one value, so that the later one would win in silence.
  const said = new Set<string>();
  for (const option of ['run', 'no-run']) {
    command.on(`option:${option}`, () => {
      if (said.add(option).size > 1) command.error("error: option '--run' cannot be used with option '--no-run'");
    });
  }
  return command;
}

function withCalibration(command: Command, format: string): Command {
  return command
    .addOption(new Option('--target <name>', 'where the model will run; decides what can be quantized, and how (default: onnxruntime-cpu)').choices(TARGET_CHOICES))
    .addOption(new Option('--activations <format>', `format of the activations, found by running the model on samples (default: ${format})`).choices(ACTIVATION_CHOICES))
    .addOption(new Option('--method <method>', 'how ranges of activations are found; auto tries some and keeps the best (default: auto)').choices(METHOD_CHOICES))
    .addOption(new Option('--count <n>', 'samples to find ranges with, spread evenly over those given (default: 32)').argParser(checked(parseCount)))
    .option('--ranges <file>', 'ranges that are taken as they are; what the file does not name is measured');
}

function withBounds(command: Command): Command {
  return command
    .addOption(new Option('--min-sqnr <dB>', 'exit with 3 when an output is further off').argParser(checked(parseBound)))
    .addOption(new Option('--max-drop <points>', 'exit with 3 when the accuracy on labelled samples falls by more percentage points').argParser(checked(parseBound)))
    .addOption(new Option('--max-bytes <size>', 'exit with 3 when the model is larger: bytes, or a number with k, M or G').argParser(checked(parseBytes)));
}

function withOutput(command: Command): Command {
  return command
    .addOption(new Option('--json', 'print JSON').conflicts(['markdown', 'csv']))
    .addOption(new Option('--markdown', 'print a Markdown table').conflicts(['json', 'csv']))
    .addOption(new Option('--csv', 'print comma-separated values').conflicts(['json', 'markdown']));
}

function withSchemes(command: Command): Command {
  return command
    .addOption(new Option('--weights <format>', `format of the weights: ${FORMATS.join(', ')} (default: int8)`).argParser(checked(parseFormat)))
    .addOption(new Option('--symmetric', 'range symmetric around zero (default for signed formats)').conflicts('asymmetric'))
    .addOption(new Option('--asymmetric', 'range from the smallest to the largest weight (default for unsigned formats)').conflicts('symmetric'))
    .addOption(new Option('--granularity <kind>', 'values that share a scale: tensor, channel or block:N with N from 16 to 256 (default: channel)').argParser(checked(parseGranularity)))
    .addOption(new Option('--range <method>', 'minmax, or mse: the clipped range with the least squared error (default: minmax)').argParser(checked(parseRange)));
}
