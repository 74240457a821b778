#!/usr/bin/env node
'use strict';

var childProcess = require('child_process');
var fs = require('fs');
var path = require('path');
var url = require('url');
var nodeVersion = require('./node-version.js');

var root = path.join(__dirname, '..');
var source = path.join(root, 'src', 'cli', 'main.ts');
var isCheckout = fs.existsSync(source);

if (nodeVersion.isNewEnough(process.version)) {
  runHere(isCheckout ? source : path.join(root, 'cli', 'main.js'));
} else {
  var bundled = isCheckout ? nodeVersion.bundledNode(root) : null;
  if (bundled) {
    runWith(bundled);
  } else {
    console.error(nodeVersion.complaint(process.version, process.execPath));
    process.exitCode = 2;
  }
}

function runHere(main) {
  import(url.pathToFileURL(main).href).catch(function (error) {
    console.error(error);
    process.exitCode = 1;
  });
}

function runWith(node) {
  var child = childProcess.spawn(node, [__filename].concat(process.argv.slice(2)), { stdio: 'inherit' });
  // Ctrl-C in a terminal reaches the whole process group, the child included: passing it on would deliver it twice.
  var inTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'].forEach(function (signal) {
    process.on(signal, function () {
      if (signal !== 'SIGINT' || !inTerminal) child.kill(signal);
    });
  });
  child.on('error', function (error) {
    console.error('cannot start ' + node + ': ' + error.message);
    process.exitCode = 1;
  });
  child.on('exit', function (code, signal) {
    if (!signal) {
      process.exitCode = code;
      return;
    }
    // End as the child ended, so that whoever waits for us sees the same.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
