/** One notebook's line to its kernel: listens on the well-known comm id, and asks for what it missed. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import { COMM_ID, TARGET, VERSION, type Replay } from '../protocol';
import { isPlain } from './forms';
import { pace } from './pace';
import { Store } from './store';

/** Set on the notebook's node once its kernel has answered: until then a run may ask to select a kernel. */
export const READY = 'mlsecReady';

export class Connection implements IDisposable {
  /** `past` fetches what the ledger knows; it is asked where no guard answers. */
  constructor(context: ISessionContext, node: HTMLElement, past: () => Promise<unknown>) {
    this.store = new Store(pace());
    this._context = context;
    this._node = node;
    this._past = past;
    context.kernelChanged.connect(this._onKernelChanged, this);
    context.statusChanged.connect(this._onStatusChanged, this);
    context.iopubMessage.connect(this._onIOPub, this);
    this._join();
  }

  readonly store: Store;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._visit += 1;
    this._comm?.dispose();
    Signal.clearData(this);
    Signal.clearData(this.store);
  }

  private get _kernel(): Kernel.IKernelConnection | null {
    return this._context.session?.kernel ?? null;
  }

  private _onKernelChanged(): void {
    this._leave();
    this._join();
  }

  private _onStatusChanged(_: ISessionContext, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting') {
      this._leave();
      this._due = true;
    } else if (status === 'starting') {
      this._leave(); // one that was started again by itself stays so until somebody asks it something
      this._join();
    } else if (status === 'idle' && this._due) {
      this._join();
    } else if (status === 'dead') {
      this._leave();
      this.store.clear('none');
      this._recall(this._visit);
    }
  }

  private _onIOPub(_: ISessionContext, message: KernelMessage.IMessage): void {
    if (message.header.msg_type !== 'comm_msg') {
      return;
    }
    const content = message.content as KernelMessage.ICommMsgMsg['content'];
    if (content.comm_id === COMM_ID && this.store.receive(content.data) && this.store.hasGap) {
      this._ask();
    }
  }

  /** The kernel's memory is gone: so is ours, and an answer on its way. */
  private _leave(): void {
    this._visit += 1;
    this._comm?.dispose();
    this._comm = null;
    delete this._node.dataset[READY];
    this.store.await(false);
    this.store.clear('looking');
  }

  private _join(): void {
    this._due = false;
    const visit = ++this._visit;
    const kernel = this._kernel;
    if (!kernel) {
      this.store.found('none');
      this._recall(visit);
      return;
    }
    this._look(kernel, visit).catch(() => {
      this._due ||= visit === this._visit; // the kernel went away while we asked: its successor is asked
    });
  }

  /** Ask the kernel whether the guard is loaded, and if so for what it keeps. */
  private async _look(kernel: Kernel.IKernelConnection, visit: number): Promise<void> {
    await kernel.info;
    if (visit !== this._visit) {
      return;
    }
    this._node.dataset[READY] = kernel.id;
    const { content } = await kernel.requestCommInfo({ target_name: TARGET });
    if (visit !== this._visit) {
      return;
    }
    if (content.status === 'ok' && Object.keys(content.comms).length > 0) {
      this._ask();
    } else {
      this.store.found('absent');
      this._recall(visit);
    }
  }

  /** Show what an earlier run did, unless a guard has spoken meanwhile. */
  private _recall(visit: number): void {
    this._past().then(
      batch => {
        if (visit === this._visit && batch !== null) {
          this.store.recall(batch);
        }
      },
      () => undefined // a server without our extension, or none: there is nothing to show
    );
  }

  /** Ask for what is missing, on a comm of our own that is closed with the answer. One question at a time. */
  private _ask(): void {
    const kernel = this._kernel;
    if (!kernel || this._comm) {
      return;
    }
    const upTo = this.store.newest;
    if (!kernel.handleComms) {
      this.store.settle(upTo);
      return;
    }
    const visit = this._visit;
    const comm = kernel.createComm(TARGET);
    this._comm = comm;
    const answered = (): void => {
      if (visit !== this._visit || this._comm !== comm) {
        return;
      }
      this._comm = null;
      this.store.settle(upTo);
      this.store.await(false);
      if (this.store.hasGap) {
        this._ask();
      }
    };
    comm.onMsg = message => {
      const data: unknown = message.content.data;
      if (visit === this._visit) {
        this.store.receive(data);
      }
      if (isPlain(data) && Array.isArray(data.events) && data.events.length === 0) {
        answered();
        comm.close();
      }
    };
    comm.onClose = answered;
    this.store.await(true);
    const request: Replay = { type: 'replay', after: this.store.floor, version: VERSION };
    comm.open(request as unknown as JSONObject);
  }

  private readonly _context: ISessionContext;
  private readonly _node: HTMLElement;
  private readonly _past: () => Promise<unknown>;
  private _visit = 0;
  private _due = false;
  private _comm: Kernel.IComm | null = null;
  private _isDisposed = false;
}
