/** What the ledger knows of a notebook whose guard is not there: asked of the server, where it has our extension. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

const PLACE = 'jupyter-mlsec/history';

/** A batch with the entries of the notebook's last run; null where there is none, or nobody to ask. */
export async function history(path: string, settings: ServerConnection.ISettings): Promise<unknown> {
  const url = URLExt.join(settings.baseUrl, PLACE) + URLExt.objectToQueryString({ path });
  const response = await ServerConnection.makeRequest(url, {}, settings);
  return response.status === 200 ? await response.json() : null;
}
