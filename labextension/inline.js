// Makes style/index.css, with the files it imports, one text without white space: a style element needs no more.
const { readFileSync } = require('fs');
const { resolve } = require('path');

const small = text =>
  text
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,>]) ?/g, '$1')
    .replace(/: (?=[^{}]*[;}])/g, ':')
    .replace(/;}/g, '}')
    .trim();

module.exports = function (source) {
  const text = source.replace(/@import url\('([^']*)'\);\s*/g, (_, name) => {
    const file = resolve(this.context, name);
    this.addDependency(file);
    return small(readFileSync(file, 'utf8'));
  });
  return `export default ${JSON.stringify(text)};`;
};
