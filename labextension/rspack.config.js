const { resolve } = require('path');

// TypeScript goes straight into the bundler: no lib/, no tsc in the build.
module.exports = {
  resolve: { extensions: ['.ts', '.tsx', '.js'] },
  module: {
    rules: [
      { test: /style[\\/]index\.css$/, enforce: 'pre', loader: resolve(__dirname, 'inline.js') },
      {
        test: /\.tsx?$/,
        loader: 'builtin:swc-loader',
        options: {
          jsc: {
            parser: { syntax: 'typescript', tsx: true },
            transform: { react: { runtime: 'classic' } },
            target: 'es2022'
          }
        },
        type: 'javascript/auto'
      }
    ]
  }
};
