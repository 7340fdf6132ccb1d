/** Ids of the commands that others may run. */
export const CommandIDs = {
  openPanel: 'mlsec:open-panel'
} as const;
