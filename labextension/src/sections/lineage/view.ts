/** The canvas of a lineage: pans, zooms and chooses by pointer and keys, and draws only when something has changed. */
import type { IDisposable } from '@lumino/disposable';

import { BOX, type IPoint } from './layout';
import type { IPlaced, LineageModel } from './model';
import { inkOf, paint, type IInk, type IScene, type IView } from './paint';

const SMALLEST = 0.05;
const LARGEST = 2.5;
/** The scale from which names and captions are drawn. */
const READABLE = 0.7;
const MARGIN = 16;
const STEP = 60;
/** Pixels a pointer may move in a click. */
const STILL = 4;

export class LineageView implements IDisposable {
  constructor(canvas: HTMLCanvasElement, model: LineageModel, words: Pick<IScene, 'word' | 'sealed'>) {
    this._canvas = canvas;
    this._model = model;
    this._words = words;
    this._context = canvas.getContext('2d');
    this._sizes = new ResizeObserver(() => this._resized());
    this._sizes.observe(canvas);
    canvas.addEventListener('wheel', this._onWheel, { passive: false });
    canvas.addEventListener('pointerdown', this._onDown);
    canvas.addEventListener('pointermove', this._onMove);
    canvas.addEventListener('pointerup', this._onUp);
    canvas.addEventListener('keydown', this._onKey);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._sizes.disconnect();
    this._canvas.removeEventListener('wheel', this._onWheel);
    this._canvas.removeEventListener('pointerdown', this._onDown);
    this._canvas.removeEventListener('pointermove', this._onMove);
    this._canvas.removeEventListener('pointerup', this._onUp);
    this._canvas.removeEventListener('keydown', this._onKey);
  }

  /** The model has changed: draw it, fitted in as long as nobody moved it, the chosen node in view. */
  update(): void {
    const placed = this._model.placed;
    if (placed !== this._placed) {
      this._placed = placed;
      if (!this._isMoved) {
        this.fit();
      }
    }
    if (this._model.chosen !== this._chosen) {
      this._chosen = this._model.chosen;
      this._bringIntoView();
    }
    this.draw();
  }

  /** Show all of the graph, or as much of its newest part as can be read. */
  fit(): void {
    const placed = this._placed;
    if (!placed || placed.nodes.length === 0 || this._width === 0) {
      return;
    }
    const whole = Math.min(
      (this._width - 2 * MARGIN) / placed.width,
      (this._height - 2 * MARGIN) / placed.height
    );
    const scale = Math.min(1, Math.max(SMALLEST, whole));
    this._view = {
      scale,
      x: placed.width / 2 - this._width / scale / 2,
      y: placed.height / 2 - this._height / scale / 2
    };
    this._isMoved = false;
    this.draw();
  }

  /** Zoom about a point of the canvas, or its middle. */
  zoom(factor: number, at: IPoint = { x: this._width / 2, y: this._height / 2 }): void {
    const { scale, x, y } = this._view;
    const next = Math.min(LARGEST, Math.max(SMALLEST, scale * factor));
    this._moveTo({ scale: next, x: x + at.x / scale - at.x / next, y: y + at.y / scale - at.y / next });
  }

  /** Move by so many pixels. */
  pan(x: number, y: number): void {
    const { scale } = this._view;
    this._moveTo({ scale, x: this._view.x + x / scale, y: this._view.y + y / scale });
  }

  /** Draw at the next frame. */
  draw(): void {
    if (!this._isDue && !this._isDisposed) {
      this._isDue = true;
      requestAnimationFrame(() => {
        this._isDue = false;
        this.paint();
      });
    }
  }

  /** Draw now; gives the number of nodes in view. */
  paint(): number {
    const theme = document.body.dataset.jpThemeName ?? '';
    if (this._ink === null || theme !== this._theme) {
      this._ink = inkOf(this._canvas);
      this._theme = theme;
    }
    if (!this._context || this._isDisposed) {
      return 0;
    }
    const size = { width: this._width, height: this._height, ratio: this._ratio };
    const placed = this._placed ?? LineageView.NOTHING;
    const { chosen, matches, traced } = this._model;
    const scene = { placed, chosen, matches, traced, ...this._words };
    return paint(this._context, size, this._view, scene, this._ink);
  }

  private _resized(): void {
    this._ratio = window.devicePixelRatio || 1;
    this._width = this._canvas.clientWidth;
    this._height = this._canvas.clientHeight;
    this._canvas.width = Math.round(this._width * this._ratio);
    this._canvas.height = Math.round(this._height * this._ratio);
    if (this._isMoved) {
      this.draw();
    } else {
      this.fit();
    }
  }

  private _moveTo(view: IView): void {
    this._view = view;
    this._isMoved = true;
    this.draw();
  }

  /** Show the chosen node in a size that can be read, with all of its way if there is room. */
  private _bringIntoView(): void {
    const placed = this._placed;
    const place = this._chosen === null ? undefined : placed?.places[this._chosen];
    if (!placed || !place || this._width === 0) {
      return;
    }
    const { scale, x, y } = this._view;
    const isIn =
      scale >= READABLE &&
      place.x - BOX.width / 2 > x &&
      place.x + BOX.width / 2 < x + this._width / scale &&
      place.y - BOX.height / 2 > y &&
      place.y + BOX.height / 2 < y + this._height / scale;
    if (isIn) {
      return;
    }
    const way = [...(this._model.traced ?? [])].map(id => placed.places[id]).filter(Boolean);
    const xs = way.map(one => one.x);
    const ys = way.map(one => one.y);
    const whole = Math.min(
      this._width / (Math.max(...xs) - Math.min(...xs) + BOX.width + 2 * MARGIN),
      this._height / (Math.max(...ys) - Math.min(...ys) + BOX.height + 2 * MARGIN)
    );
    if (whole >= READABLE) {
      this._centre((Math.max(...xs) + Math.min(...xs)) / 2, (Math.max(...ys) + Math.min(...ys)) / 2, Math.min(1, whole));
    } else {
      this._centre(place.x, place.y, Math.max(scale, READABLE));
    }
  }

  private _centre(x: number, y: number, scale: number): void {
    this._moveTo({ scale, x: x - this._width / scale / 2, y: y - this._height / scale / 2 });
  }

  private _nodeAt(event: MouseEvent): number | null {
    const { scale, x, y } = this._view;
    const point = { x: x + event.offsetX / scale, y: y + event.offsetY / scale };
    const found = this._placed?.places.findIndex(
      place =>
        Math.abs(place.x - point.x) <= BOX.width / 2 && Math.abs(place.y - point.y) <= BOX.height / 2
    );
    return found === undefined || found < 0 ? null : found;
  }

  /** The nearest node in a direction, from the chosen one or the middle of the canvas. */
  private _neighbour(x: number, y: number): number | null {
    const placed = this._placed;
    const { scale, ...corner } = this._view;
    const from = (this._chosen === null ? undefined : placed?.places[this._chosen]) ?? {
      x: corner.x + this._width / scale / 2,
      y: corner.y + this._height / scale / 2
    };
    let best: number | null = null;
    let least = Infinity;
    placed?.places.forEach((place, id) => {
      const along = (place.x - from.x) * x + (place.y - from.y) * y;
      const aside = Math.abs((place.x - from.x) * y) + Math.abs((place.y - from.y) * x);
      const far = along + 2 * aside;
      if (along > 1 && far < least) {
        best = id;
        least = far;
      }
    });
    return best;
  }

  private readonly _onWheel = (event: WheelEvent): void => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 200), { x: event.offsetX, y: event.offsetY });
    } else if (document.activeElement === this._canvas) {
      event.preventDefault();
      this.pan(event.deltaX, event.deltaY);
    }
  };

  private readonly _onDown = (event: PointerEvent): void => {
    this._canvas.setPointerCapture(event.pointerId);
    this._grip = { x: event.clientX, y: event.clientY };
    this._isDragged = false;
  };

  private readonly _onMove = (event: PointerEvent): void => {
    if (this._grip === null) {
      this._canvas.style.cursor = this._nodeAt(event) === null ? 'grab' : 'pointer';
      return;
    }
    const x = this._grip.x - event.clientX;
    const y = this._grip.y - event.clientY;
    if (this._isDragged || Math.abs(x) + Math.abs(y) > STILL) {
      this._isDragged = true;
      this._grip = { x: event.clientX, y: event.clientY };
      this.pan(x, y);
    }
  };

  private readonly _onUp = (event: PointerEvent): void => {
    if (this._grip !== null && !this._isDragged) {
      this._model.chosen = this._nodeAt(event);
    }
    this._grip = null;
  };

  private readonly _onKey = (event: KeyboardEvent): void => {
    const direction = LineageView.DIRECTIONS[event.key];
    if (direction && event.shiftKey) {
      this.pan(direction.x * STEP, direction.y * STEP);
    } else if (direction) {
      const next = this._neighbour(direction.x, direction.y);
      if (next !== null) {
        this._model.chosen = next;
      }
    } else if (event.key === '+' || event.key === '=') {
      this.zoom(1.25);
    } else if (event.key === '-') {
      this.zoom(0.8);
    } else if (event.key === '0') {
      this.fit();
    } else if (event.key === 'Escape' && this._model.chosen !== null) {
      this._model.chosen = null;
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  private readonly _canvas: HTMLCanvasElement;
  private readonly _context: CanvasRenderingContext2D | null;
  private readonly _model: LineageModel;
  private readonly _words: Pick<IScene, 'word' | 'sealed'>;
  private readonly _sizes: ResizeObserver;
  private _placed: IPlaced | null = null;
  private _chosen: number | null = null;
  private _view: IView = { x: 0, y: 0, scale: 1 };
  private _ink: IInk | null = null;
  private _theme = '';
  private _width = 0;
  private _height = 0;
  private _ratio = 1;
  private _grip: IPoint | null = null;
  private _isDragged = false;
  private _isMoved = false;
  private _isDue = false;
  private _isDisposed = false;
}

export namespace LineageView {
  export const DIRECTIONS: Readonly<Record<string, IPoint | undefined>> = {
    ArrowUp: { x: 0, y: -1 },
    ArrowDown: { x: 0, y: 1 },
    ArrowLeft: { x: -1, y: 0 },
    ArrowRight: { x: 1, y: 0 }
  };

  export const NOTHING: IPlaced = {
    nodes: [],
    edges: [],
    carried: new Map(),
    places: [],
    ways: new Map(),
    order: [],
    width: 0,
    height: 0
  };
}
