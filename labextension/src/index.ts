/** The plugins of jupyter-mlsec. */
import { badgesPlugin } from './plugins/badges';
import { commandsPlugin } from './plugins/commands';
import { panelPlugin } from './plugins/panel';
import { sessionsPlugin } from './plugins/sessions';
import { statusPlugin } from './plugins/status';

export { ISessions, type ISection, type IStore } from './tokens';

export default [sessionsPlugin, panelPlugin, badgesPlugin, commandsPlugin, statusPlugin];
