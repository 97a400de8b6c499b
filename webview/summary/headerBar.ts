import type { EditorState, JobState } from '../../src/extension/editorApi';
import { element, setText } from '../dom';
import { formatEta } from '../../src/format/duration';
import { formatExact } from '../../src/format/numbers';
import { t } from '../strings';
import { shorten } from '../table/rowView';
import { button, setDisabled } from '../ui/button';
import { DropDown } from '../ui/dropdown';
import { actionLink } from '../ui/link';

export interface HeaderActions {
  readonly act: (key: string) => void;
  readonly setTarget: (target: string) => void;
}

/** The first line of the page: which file, for which target, on which samples, and the button that starts the work. */
export class HeaderBar {
  readonly root: HTMLElement;
  private readonly file = element('h1', { class: 'file-name' });
  private readonly target: DropDown;
  private readonly targetField: HTMLElement;
  private readonly activations: HTMLElement;
  private readonly samples: HTMLElement;
  private readonly planText: HTMLElement;
  private readonly quantize: HTMLElement;

  constructor(actions: HeaderActions) {
    this.target = new DropDown(t('header.target'), actions.setTarget);
    this.targetField = element('div', { class: 'labelled' }, element('span', { class: 'label', text: t('header.target'), attributes: { 'aria-hidden': 'true' } }), this.target.root);
    this.activations = button({ text: '', hint: t('header.activationsHint'), onClick: () => {
      actions.act('chooseActivations');
    } });
    this.samples = button({ text: '', hint: t('header.samplesHint'), onClick: () => {
      actions.act('chooseSamples');
    } });
    this.planText = actionLink('', { hint: t('header.planHint') }, () => {
      actions.act('openPlan');
    });
    this.quantize = button({ text: t('header.quantize'), hint: t('header.quantizeHint'), look: 'primary', onClick: () => {
      actions.act('quantize');
    } });
    this.quantize.classList.add('quantize');
    this.root = element('div', { class: 'header-bar' }, this.file, this.targetField, this.activations, this.samples, element('div', { class: 'spacer' }), this.planText, this.quantize);
  }

  update(state: EditorState): void {
    setText(this.file, shorten(state.fileName));
    this.file.title = shorten(state.fileName);
    this.target.setChoices(state.targets.map((target) => ({ value: target, text: target })), state.target);
    setText(this.activations, t('header.activations', state.activations ?? t('header.float')));
    setText(this.samples, t('header.samples', state.samples === null ? t('header.noSamples') : shorten(state.samples)));
    setText(this.planText, t('header.plan', shorten(state.planName)));
    const usable = state.model !== null && state.failure === null;
    for (const part of [this.targetField, this.activations, this.samples, this.planText]) part.hidden = !usable;
    setDisabled(this.quantize, !usable || state.layerCount === 0 || state.job !== null);
    this.quantize.hidden = state.failure !== null;
  }
}

/** Progress of the running job, with the time left and a way to stop it. */
export class JobBar {
  readonly root: HTMLElement;
  private readonly text = element('span', { class: 'job-text', attributes: { role: 'status' } });
  private readonly rest = element('span', { class: 'job-rest' });
  private readonly bar = element('div', { class: 'job-bar', attributes: { role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' } });
  private readonly done = element('div', { class: 'job-done' });

  constructor(cancel: () => void) {
    this.bar.append(this.done);
    this.root = element('div', { class: 'job' }, this.text, this.bar, this.rest, button({ text: t('header.cancel'), onClick: cancel }));
    this.root.hidden = true;
  }

  update(job: JobState | null): void {
    this.root.hidden = job === null;
    if (job === null) return;
    const { step, done, total } = job.progress;
    setText(this.text, `${job.title}: ${step}`);
    this.bar.setAttribute('aria-label', job.title);
    const known = total > 0;
    const share = known ? Math.min(1, done / total) : 0;
    this.bar.classList.toggle('unknown', !known);
    this.done.style.transform = known ? `scaleX(${share.toFixed(4)})` : '';
    if (known) this.bar.setAttribute('aria-valuenow', formatExact(share * 100));
    else this.bar.removeAttribute('aria-valuenow');
    setText(this.rest, [known ? `${formatExact(share * 100)} %` : '', formatEta(job.etaMilliseconds)].filter((part) => part !== '').join(' · '));
  }
}
