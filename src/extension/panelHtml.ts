/** Addresses, as the webview sees them (`webview.asWebviewUri`), of the files in `dist/webview`. */
export interface PanelAssets {
  /** `main.js`. */
  readonly script: string;
  /** `main.css`. */
  readonly style: string;
  /** `elk-worker.min.js`, which the panel fetches and starts as a worker from a blob. */
  readonly layoutWorker: string;
}

export interface PanelHtmlOptions {
  readonly assets: PanelAssets;
  /** `webview.cspSource`. */
  readonly cspSource: string;
  /** Fresh for every page, from `crypto`. */
  readonly nonce: string;
  readonly title: string;
  /** Language of the page, e.g. `vscode.env.language`. */
  readonly language: string;
  /** Texts of that language by the English ones; English without them. */
  readonly texts?: Readonly<Record<string, string>> | undefined;
}

function escapeAttribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** SHA-256 of nothing: lets in the empty style element by which the widget toolkit asks what the browser can do. */
const emptyStyle = `'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='`;

/**
 * The page of the Normscope panel. Its policy lets in nothing but our script (by nonce), our style sheet, the fetch of the
 * layout worker and the worker made of it.
 */
export function panelHtml(options: PanelHtmlOptions): string {
  const { assets, cspSource, nonce } = options;
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} ${emptyStyle}`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data:`,
    `connect-src ${cspSource}`,
    `worker-src blob:`,
  ].join('; ');
  const texts = escapeAttribute(JSON.stringify(options.texts ?? {}));
  return `<!DOCTYPE html>
<html lang="${escapeAttribute(options.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeAttribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escapeAttribute(assets.style)}">
<title>${escapeAttribute(options.title)}</title>
</head>
<body>
<div id="normscope" data-layout-worker="${escapeAttribute(assets.layoutWorker)}" data-texts="${texts}"></div>
<script nonce="${escapeAttribute(nonce)}" src="${escapeAttribute(assets.script)}"></script>
</body>
</html>
`;
}
