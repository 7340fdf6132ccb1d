const { resolve } = require('path');

const { SwcJsMinimizerRspackPlugin } = require('@rspack/core');

// TypeScript goes straight into the bundler: no lib/, no tsc in the build.
module.exports = {
  optimization: {
    minimizer: [
      // Private members are ours alone: their names may be short. Those of the libraries are never touched.
      new SwcJsMinimizerRspackPlugin({
        minimizerOptions: {
          compress: { passes: 3 },
          mangle: { props: { regex: '^_[a-z]{2,}' } }
        }
      })
    ]
  },
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
