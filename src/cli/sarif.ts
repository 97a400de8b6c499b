import { createHash } from 'node:crypto';
import { isAbsolute, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { version } from '../../package.json';
import type { AuditReport, Finding } from '../audit/finding';
import type { Rule } from '../audit/rule';
import { RULES } from '../audit/table';
import { visible } from '../format/visible';

/**
 * A report in SARIF 2.1.0 (OASIS), as code scanning services take it. A model has no lines: findings point to the file, and
 * name the layer as their logical location. They are told apart over time by rule, layer and tensor, not by their order.
 */
export function sarifLog({ file, findings, notes }: AuditReport): unknown {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Nibble', semanticVersion: version, version, rules: RULES.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: notes.map((text) => ({ level: 'warning', message: { text: visible(text) } })) }],
        artifacts: [{ location: locationOf(file), roles: ['analysisTarget'], mimeType: 'application/octet-stream' }],
        results: resultsOf(file, findings),
      },
    ],
  };
}

function ruleOf({ id, title, severity, needs, help }: Rule): unknown {
  return {
    id,
    name: id.split('-').map((word) => word[0]!.toUpperCase() + word.slice(1)).join(''),
    shortDescription: { text: title },
    fullDescription: { text: help },
    help: { text: help },
    defaultConfiguration: { level: severity },
    properties: { tags: ['onnx', 'quantization'], needs, precision: 'high', 'problem.severity': severity === 'note' ? 'recommendation' : severity },
  };
}

function resultsOf(file: string, findings: readonly Finding[]): readonly unknown[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const { rule, severity, node, tensor, reason, consequence, remedy } = finding;
    const identity = JSON.stringify([rule, node, tensor]);
    const repeated = seen.get(identity) ?? 0;
    seen.set(identity, repeated + 1);
    return {
      ruleId: rule,
      ruleIndex: RULES.findIndex(({ id }) => id === rule),
      level: severity,
      message: { text: visible(`${node === null ? '' : `${node}: `}${reason} ${consequence} ${remedy}`) },
      locations: [
        {
          // Services ask for a line; the file is one thing to them.
          physicalLocation: { artifactLocation: { ...locationOf(file), index: 0 }, region: { startLine: 1 } },
          ...(node === null ? {} : { logicalLocations: [{ name: node, fullyQualifiedName: node, kind: 'function' }] }),
        },
      ],
      partialFingerprints: { 'ruleLayerTensor/v1': createHash('sha256').update(`${identity}\n${repeated}`).digest('hex') },
    };
  });
}

/** The file as seen from the folder in which the tool runs, which is the root of the sources in continuous integration. */
function locationOf(file: string): { readonly uri: string; readonly uriBaseId?: string } {
  const path = relative('', file);
  if (path.startsWith('..') || isAbsolute(path)) return { uri: pathToFileURL(file).href };
  return { uri: path.split(sep).map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
}
