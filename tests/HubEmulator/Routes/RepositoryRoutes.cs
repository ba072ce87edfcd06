using System.Globalization;
using System.Text.Json.Nodes;

namespace FineWebTorch.HubEmulator;

internal static class RepositoryRoutes
{
    public static string Iso(DateTimeOffset date) =>
        date.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static async Task CreateAsync(Exchange exchange)
    {
        var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
        Access.DemandWrite(exchange);
        var (kind, id) = Named(exchange, body, "name", "organization");
        var isPrivate = body["private"]?.GetValue<bool>() == true ||
            body["visibility"]?.GetValue<string>() == "private";
        var url = $"{exchange.State.HubUrl}/{(kind == "models" ? "" : kind + "/")}{id}";
        var created = exchange.State.Store.Create(kind, id, isPrivate);
        if (created is null)
        {
            await exchange.JsonAsync(new JsonObject
            {
                ["error"] = "You already created this dataset repo",
                ["url"] = url,
            }, 409).ConfigureAwait(false);
            return;
        }
        await exchange.JsonAsync(new JsonObject { ["url"] = url, ["name"] = id, ["id"] = created.State.ObjectId })
            .ConfigureAwait(false);
    }

    public static async Task DeleteAsync(Exchange exchange)
    {
        var (kind, id) = Named(exchange, await exchange.ReadJsonAsync().ConfigureAwait(false), "name", "organization");
        exchange.State.Store.Delete(Access.Write(exchange, kind, id));
        await exchange.EmptyAsync().ConfigureAwait(false);
    }

    public static async Task MoveAsync(Exchange exchange)
    {
        var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
        var kind = KindOf(body);
        var repository = Access.Write(exchange, kind, body["fromRepo"]!.GetValue<string>());
        exchange.State.Store.Move(repository, body["toRepo"]!.GetValue<string>());
        await exchange.EmptyAsync().ConfigureAwait(false);
    }

    public static async Task SettingsAsync(Exchange exchange)
    {
        var repository = Writable(exchange);
        var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
        if (body["gated"] is JsonValue gated)
            repository.State.Gated = gated.TryGetValue<string>(out var mode) ? mode : null;
        if (body["visibility"] is JsonValue visibility)
            repository.State.Private = visibility.GetValue<string>() == "private";
        repository.Save();
        await exchange.EmptyAsync().ConfigureAwait(false);
    }

    public static Task InfoAsync(Exchange exchange)
    {
        if (Moved(exchange) is { } moved)
            return exchange.RedirectAsync(307, moved);
        var repository = Readable(exchange);
        var revision = exchange.Target.Segments.Count > 5 ? exchange.Target.Segments[5] : "main";
        var commit = repository.Require(revision);
        var files = commit.Files.Select(file => (JsonNode)new JsonObject { ["rfilename"] = file.Key });
        return exchange.JsonAsync(new JsonObject
        {
            ["_id"] = repository.State.ObjectId,
            ["id"] = repository.Id,
            ["author"] = repository.Id.Split('/')[0],
            ["sha"] = commit.Id,
            ["lastModified"] = Iso(commit.Date),
            ["createdAt"] = Iso(repository.State.Created),
            ["private"] = repository.State.Private,
            ["gated"] = repository.State.Gated is { } mode ? JsonValue.Create(mode) : JsonValue.Create(false),
            ["disabled"] = repository.State.Disabled,
            ["downloads"] = 0,
            ["likes"] = 0,
            ["tags"] = new JsonArray(),
            ["cardData"] = new JsonObject(),
            ["siblings"] = new JsonArray([.. files]),
            ["usedStorage"] = 1,
        });
    }

    public static Task RefsAsync(Exchange exchange)
    {
        var repository = Readable(exchange);
        JsonArray Of(string prefix) => new([.. repository.State.Refs
            .Where(one => one.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(one => (JsonNode)new JsonObject
            {
                ["name"] = one.Key[prefix.Length..],
                ["ref"] = one.Key,
                ["targetCommit"] = one.Value,
            })]);
        return exchange.JsonAsync(new JsonObject
        {
            ["branches"] = Of("refs/heads/"),
            ["converts"] = Of("refs/convert/"),
            ["tags"] = Of("refs/tags/"),
            ["pullRequests"] = exchange.Flag("include_prs") ? Of("refs/pr/") : [],
        });
    }

    /// <summary>The repository named by an API route.</summary>
    public static Repository Readable(Exchange exchange) => Access.Read(exchange, Kind(exchange), Id(exchange));

    public static Repository Writable(Exchange exchange, bool isProposal = false) =>
        Access.Write(exchange, Kind(exchange), Id(exchange), isProposal);

    private static string Kind(Exchange exchange) => exchange.Target.Segments[1];

    private static string Id(Exchange exchange) => $"{exchange.Target.Segments[2]}/{exchange.Target.Segments[3]}";

    /// <summary>The same address under a moved repository's new name, without host.</summary>
    private static string? Moved(Exchange exchange)
    {
        var moved = exchange.State.Store.FindMoved(Kind(exchange), Id(exchange));
        return moved is null ? null : exchange.Target.RawPath.Replace(
            "/" + Id(exchange), "/" + moved, StringComparison.Ordinal) + exchange.Target.Query;
    }

    private static string KindOf(JsonObject body) => (body["type"]?.GetValue<string>() ?? "model") + "s";

    private static (string Kind, string Id) Named(Exchange exchange, JsonObject body, string name, string owner)
    {
        var said = body[name]?.GetValue<string>() ?? throw ApiException.BadRequest("name is required");
        var organization = body[owner]?.GetValue<string>() ?? exchange.State.Options.User;
        return (KindOf(body), said.Contains('/', StringComparison.Ordinal) ? said : $"{organization}/{said}");
    }
}
