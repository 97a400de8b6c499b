import {
  provideVSCodeDesignSystem, vsCodeButton, vsCodeDropdown, vsCodeOption, vsCodePanelTab, vsCodePanelView, vsCodePanels, vsCodeProgressRing, vsCodeTextField,
} from '@vscode/webview-ui-toolkit';

/** Registers the elements that the page uses. Call once, before the first of them is made. */
export function registerToolkit(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(), vsCodeDropdown(), vsCodeOption(), vsCodePanelTab(), vsCodePanelView(), vsCodePanels(), vsCodeProgressRing(), vsCodeTextField(),
  );
}
