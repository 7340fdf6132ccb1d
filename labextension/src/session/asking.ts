/** Runs one line of ours in a kernel, without an execution count and without a trace in the notebook. */
import type { Kernel, KernelMessage } from '@jupyterlab/services';

/** How a line went: what it printed, or why it did not run. */
export interface IAnswer {
  readonly ok: boolean;
  readonly text: string;
}

/** Run the line and gather what it prints. A busy kernel answers when its cell has run. `silent`: it is no cell. */
export async function ask(
  kernel: Kernel.IKernelConnection,
  code: string,
  silent: boolean
): Promise<IAnswer> {
  const future = kernel.requestExecute({
    code,
    silent,
    store_history: false,
    allow_stdin: false,
    stop_on_error: false
  });
  let text = '';
  future.onIOPub = message => {
    if (message.header.msg_type === 'stream') {
      text += (message.content as KernelMessage.IStreamMsg['content']).text;
    } else if (message.header.msg_type === 'display_data') {
      text += (message.content as KernelMessage.IDisplayDataMsg['content']).data['text/plain'];
    }
  };
  const { content } = await future.done;
  return content.status === 'ok'
    ? { ok: true, text: text.trim() }
    : { ok: false, text: 'evalue' in content ? content.evalue : text.trim() };
}
