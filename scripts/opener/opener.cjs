// Opens the model that NIBBLE_OPEN names. A file in the window's address would be opened before VS Code knows of custom
// editors, and so as text.
const { Uri, commands, window } = require('vscode');

exports.activate = async () => {
  const model = process.env.NIBBLE_OPEN;
  const isEmpty = window.tabGroups.all.every(({ tabs }) => tabs.length === 0);
  if (model && isEmpty) await commands.executeCommand('vscode.openWith', Uri.file(model), 'nibble.model');
};
