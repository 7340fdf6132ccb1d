const { resolve } = require('path');

const { ProvidePlugin, SwcJsMinimizerRspackPlugin } = require('@rspack/core');

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
  // `React.createElement` cannot be shortened, a name of our own can: it is said three hundred times.
  plugins: [new ProvidePlugin({ jsxElement: [resolve(__dirname, 'src/parts/jsxelement.ts'), 'jsxElement'] })],
  resolve: { extensions: ['.ts', '.tsx', '.js'] },
  module: {
    rules: [
      {
        test: /\.tsx?$/,
        loader: 'builtin:swc-loader',
        options: {
          jsc: {
            parser: { syntax: 'typescript', tsx: true },
            transform: { react: { runtime: 'classic', pragma: 'jsxElement' } },
            target: 'es2022'
          }
        },
        type: 'javascript/auto'
      }
    ]
  }
};
