/** Checks what arrives against the generated forms: a kernel of another version must not break the panel. */
import { FORMS, type Form } from '../protocol';

type Plain = Readonly<Record<string, unknown>>;

/** Whether a value is an object that is not a list. */
export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether it is of a kind this panel does not know: one strange fact in a list does not make its entry strange. */
function isForeign(value: unknown, form: Form): boolean {
  if (typeof form === 'string' || !('tag' in form) || !isPlain(value)) {
    return false;
  }
  const tag = value[form.tag];
  return typeof tag === 'string' && !Object.hasOwn(form.cases, tag);
}

/** Whether a value has the form. Fields the form does not know are allowed: a newer kernel may add some. */
export function conforms(value: unknown, form: Form): boolean {
  if (typeof form === 'string') {
    return form === 'null' ? value === null : typeof value === form;
  }
  if ('ref' in form) {
    return conforms(value, FORMS[form.ref]);
  }
  if ('list' in form) {
    return (
      Array.isArray(value) &&
      value.every(item => conforms(item, form.list) || isForeign(item, form.list))
    );
  }
  if ('tuple' in form) {
    return (
      Array.isArray(value) &&
      value.length === form.tuple.length &&
      form.tuple.every((item, index) => conforms(value[index], item))
    );
  }
  if ('map' in form) {
    return isPlain(value) && Object.values(value).every(item => conforms(item, form.map));
  }
  if ('one' in form) {
    return typeof value === 'string' && form.one.includes(value);
  }
  if ('any' in form) {
    return form.any.some(option => conforms(value, option));
  }
  if (!isPlain(value)) {
    return false;
  }
  if ('tag' in form) {
    const tag = value[form.tag];
    return (
      typeof tag === 'string' &&
      Object.hasOwn(form.cases, tag) &&
      conforms(value, FORMS[form.cases[tag]])
    );
  }
  for (const key in form.fields) {
    const isNeeded = !key.endsWith('?');
    const field = value[isNeeded ? key : key.slice(0, -1)];
    if (field === undefined ? isNeeded : !conforms(field, form.fields[key])) {
      return false;
    }
  }
  return true;
}
