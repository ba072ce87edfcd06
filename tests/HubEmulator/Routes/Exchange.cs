using System.Text.Json.Nodes;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace FineWebTorch.HubEmulator;

/// <summary>One request and its answer.</summary>
/// <param name="entry">What the log says of it.</param>
internal sealed class Exchange(HttpContext context, Target target, EmulatorState state, RequestEntry entry)
{
    public RequestEntry Entry => entry;

    public HttpContext Context => context;

    public HttpRequest Request => context.Request;

    public HttpResponse Response => context.Response;

    public Target Target => target;

    public EmulatorState State => state;

    public bool IsHead => HttpMethods.IsHead(Request.Method);

    public string? BearerToken =>
        Request.Headers.Authorization.ToString() is { Length: > 7 } header &&
        header.StartsWith("Bearer ", StringComparison.Ordinal) ? header[7..] : null;

    /// <summary>A query parameter; also under the spelling <c>name[]</c>.</summary>
    public string? Query(string name) =>
        Request.Query.TryGetValue(name, out var value) ? value.ToString()
        : Request.Query.TryGetValue(name + "[]", out var listed) ? listed.ToString() : null;

    /// <summary><c>true</c>, <c>True</c> and <c>1</c> are all in use.</summary>
    public bool Flag(string name) => Query(name)?.ToUpperInvariant() is "1" or "TRUE";

    public async Task<JsonObject> ReadJsonAsync()
    {
        try
        {
            return await JsonNode.ParseAsync(Request.Body).ConfigureAwait(false) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            throw ApiException.BadRequest("Invalid JSON");
        }
    }

    public Task JsonAsync(JsonNode body, int status = 200, string mediaType = "application/json; charset=utf-8")
    {
        Response.StatusCode = status;
        Response.ContentType = mediaType;
        return BytesAsync(JsonSerializer.SerializeToUtf8Bytes(body));
    }

    public async Task BytesAsync(ReadOnlyMemory<byte> bytes)
    {
        Response.ContentLength = bytes.Length;
        if (!IsHead)
            await Response.Body.WriteAsync(bytes).ConfigureAwait(false);
    }

    public Task EmptyAsync(int status = 200)
    {
        Response.StatusCode = status;
        Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    public Task RedirectAsync(int status, string location)
    {
        Response.Headers.Location = location;
        return EmptyAsync(status);
    }

    public Task ErrorAsync(ApiException error)
    {
        if (error.Code is not null)
            Response.Headers["X-Error-Code"] = error.Code;
        if (error.Commit is not null)
            Response.Headers["X-Repo-Commit"] = error.Commit;
        Response.Headers["X-Error-Message"] = error.Message;
        return JsonAsync(new JsonObject { ["error"] = error.Message }, error.Status);
    }
}
