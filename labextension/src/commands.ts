/** Ids of the commands that others may run. */
export const CommandIDs = {
  openPanel: 'mlsec:open-panel',
  exportAudit: 'mlsec:export-audit',
  toggleProfile: 'mlsec:toggle-profile'
} as const;
