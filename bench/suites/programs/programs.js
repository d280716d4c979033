'use strict';

// The programs by name. Each is
//   title, connections, requests   what a reader sees; how much a run does
//   serve(upstream)                in the measured process: starts it, given its upstream's port; gives `port` and `close`
//   connect(port)                  in the client: a connection, whose `exchange` asks once and awaits the whole answer
//   upstream()                     in the client, where the program talks to another server: starts that; gives the same

module.exports = {
  http: require('./http'),
  files: require('./files'),
  proxy: require('./proxy'),
  gzip: require('./gzip'),
  websocket: require('./websocket'),
  postgres: require('./postgres'),
};
