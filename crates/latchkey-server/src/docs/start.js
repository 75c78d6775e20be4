// Starts Swagger UI on this server's own document. A token that is typed in stays in the page.
window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  docExpansion: "none",
  displayOperationId: true,
  operationsSorter: "alpha",
  persistAuthorization: false,
  validatorUrl: null,
});
