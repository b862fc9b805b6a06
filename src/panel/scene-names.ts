/** What a panel may look like: `DisplayContent.scene` is one of these. */
export const sceneNames = [
  'starting',
  'idle',
  'inviting',
  'welcome',
  'waiting',
  'approve',
  'approved',
  'declined',
  'unknown',
  'disconnected',
  'out-of-order',
  'identify',
  'message',
  'service',
  'off',
] as const;
export type SceneName = (typeof sceneNames)[number];
