// Starts the interactive API docs; a file of its own, since the page's policy allows no inline script.
/* global SwaggerUIBundle */
{
  const host = document.querySelector('#swagger-ui');
  SwaggerUIBundle({
    url: host.dataset.openapi || '/api/openapi.json',
    domNode: host,
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
}
