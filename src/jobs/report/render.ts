import { csvReport } from './csv';
import { htmlReport } from './html';
import { markdownReport } from './markdown';
import type { Report } from './report';

/** The forms that a report can take, by the ending of its file. */
export const REPORT_FORMATS = ['html', 'md', 'csv', 'json'] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];

export function renderReport(report: Report, format: ReportFormat): string {
  switch (format) {
    case 'html':
      return htmlReport(report);
    case 'md':
      return markdownReport(report);
    case 'csv':
      return csvReport(report);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
  }
}
