using System.Net;
using System.Text.Json;

namespace FineWebTorch.Hub;

/// <summary>Turns an answer that is no success into an exception that says what to do.</summary>
internal sealed class HubErrors(HubOptions options)
{
    private const int LongestMessage = 300;
    private readonly string _site = options.Endpoint.AbsoluteUri.TrimEnd('/');

    public HubException Describe(HubRequest request, HubAnswer answer)
    {
        var code = answer.Header("X-Error-Code");
        var said = Clean(answer.Header("X-Error-Message") ?? MessageIn(answer));
        var kind = Kind(answer.Status, code, said);
        var detail = $"HTTP {(int)answer.Status}{(said.Length > 0 ? $", {said}" : "")}" +
            (answer.RequestId is { } id ? $", request {Clean(id)}" : "");
        return new HubException(kind, $"cannot {request.Purpose}: {Advice(kind, request)} ({detail})")
        {
            Status = answer.Status,
            ErrorCode = code,
            RequestId = answer.RequestId,
            Repository = request.Repository,
            Commit = answer.Header("X-Repo-Commit"),
            Hint = RetryHint.Read(answer.Status, answer.Headers),
        };
    }

    private HubErrorKind Kind(HttpStatusCode status, string? code, string said) => ((int)status, code) switch
    {
        (_, "GatedRepo") => HubErrorKind.Gated,
        (401 or 404, "RepoNotFound") => HubErrorKind.RepositoryNotFound,
        (404, "RevisionNotFound") => HubErrorKind.RevisionNotFound,
        (404, "EntryNotFound") => HubErrorKind.EntryNotFound,
        (404, _) => HubErrorKind.NotFound,
        (401, _) => options.Token is null ? HubErrorKind.RepositoryNotFound : HubErrorKind.Unauthorized,
        // The Hub has no code for this one.
        (403, _) when said.Contains("disabled", StringComparison.OrdinalIgnoreCase) => HubErrorKind.Disabled,
        (403, _) => HubErrorKind.Forbidden,
        (402, _) => HubErrorKind.PaymentRequired,
        (409, _) => HubErrorKind.Conflict,
        (412, _) => HubErrorKind.PreconditionFailed,
        (413, _) => HubErrorKind.TooLarge,
        (429, _) => HubErrorKind.RateLimited,
        ( >= 500, _) or (408, _) => HubErrorKind.ServerError,
        ( >= 300 and < 400, _) => HubErrorKind.BadAnswer,
        _ => HubErrorKind.BadRequest,
    };

    private string Advice(HubErrorKind kind, HubRequest request) => kind switch
    {
        HubErrorKind.Gated =>
            $"accept the terms of {request.Repository} at {_site}/{request.Repository} " +
            (options.Token is null ? "and set HF_TOKEN" : "with the account that the token belongs to"),
        HubErrorKind.RepositoryNotFound =>
            $"{request.Repository?.ToString() ?? "it"} does not exist, or it is private and " +
            (options.Token is null ? "there is no token: set HF_TOKEN or log in with 'hf auth login'"
                : "the token may not see it"),
        HubErrorKind.Unauthorized =>
            $"the Hub refused the token; make one at {_site}/settings/tokens and set HF_TOKEN",
        HubErrorKind.Forbidden => options.Token is null
            ? "there is no token: set HF_TOKEN or log in with 'hf auth login'" : "the token lacks the right to do that",
        HubErrorKind.Disabled => "the Hub has disabled access to it",
        HubErrorKind.PaymentRequired => "the account's quota is used up",
        HubErrorKind.RevisionNotFound => "it has no such revision",
        HubErrorKind.EntryNotFound => "it has no such file or folder",
        HubErrorKind.NotFound => "there is no such thing",
        HubErrorKind.Conflict => "it exists already, or another operation is in progress",
        HubErrorKind.PreconditionFailed => "the branch has moved meanwhile",
        HubErrorKind.TooLarge => "the request is too large",
        HubErrorKind.RateLimited => "the account's rate limit is reached; try later",
        HubErrorKind.ServerError => "the Hub is not well at the moment; try later",
        HubErrorKind.BadAnswer => "the Hub sent it on to another server, which this program does not follow",
        _ => "the Hub refused the request",
    };

    /// <summary>Only JSON is quoted: a gateway's HTML or a storage's XML says nothing, or too much.</summary>
    private static string MessageIn(HubAnswer answer)
    {
        if (answer.Header("Content-Type")?.Contains("json", StringComparison.OrdinalIgnoreCase) != true)
            return "";
        try
        {
            using var json = JsonDocument.Parse(answer.Body);
            return json.RootElement.ValueKind == JsonValueKind.Object ? MessageIn(json.RootElement) : "";
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Texts that are not Unicode are found when they are asked for.
            return "";
        }
    }

    private static string MessageIn(JsonElement body)
    {
        foreach (var name in (ReadOnlySpan<string>)["error", "errors", "message"])
        {
            if (!body.TryGetProperty(name, out var value))
                continue;
            var items = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value];
            return string.Join("; ", items.Select(item =>
                item.ValueKind == JsonValueKind.Object && item.TryGetProperty("message", out var text) ? text.ToString()
                : item.ToString()));
        }
        return "";
    }

    /// <summary>One short line without control characters, token or query strings.</summary>
    private string Clean(string text)
    {
        var line = SignedUrl.Redact(new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]).Trim());
        line = options.Token?.HideIn(line) ?? line;
        return line.Length <= LongestMessage ? line : line[..LongestMessage] + "…";
    }
}
