import { csvReport } from './csv';
import { htmlReport } from './html';
import { markdownReport } from './markdown';
import type { Report, ReportFormat } from './records';

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
