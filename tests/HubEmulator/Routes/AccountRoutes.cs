using System.Text.Json.Nodes;

namespace FineWebTorch.HubEmulator;

internal static class AccountRoutes
{
    public static Task WhoAmIAsync(Exchange exchange)
    {
        if (!Access.Identify(exchange) || exchange.BearerToken is null)
            throw new ApiException(401, null, "Invalid username or password.");
        var user = exchange.State.Options.User;
        var role = exchange.BearerToken == exchange.State.Options.ReadToken ? "read" : "write";
        return exchange.JsonAsync(new JsonObject
        {
            ["type"] = "user",
            ["id"] = "5f0000000000000000000001",
            ["name"] = user,
            ["fullname"] = user,
            ["email"] = $"{user}@example.org",
            ["emailVerified"] = true,
            ["isPro"] = false,
            ["canPay"] = false,
            ["avatarUrl"] = "",
            ["periodEnd"] = null,
            ["orgs"] = new JsonArray(),
            ["auth"] = new JsonObject
            {
                ["type"] = "access_token",
                ["accessToken"] = new JsonObject
                {
                    ["displayName"] = "emulated",
                    ["role"] = role,
                    ["createdAt"] = "2024-01-01T00:00:00.000Z",
                },
            },
        });
    }

    public static async Task ValidateYamlAsync(Exchange exchange)
    {
        var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
        var text = body["content"]?.GetValue<string>() ?? "";
        var answer = new JsonObject { ["errors"] = new JsonArray(), ["warnings"] = new JsonArray() };
        var status = 200;
        if (!text.StartsWith("---\n", StringComparison.Ordinal))
            answer["warnings"] =
                new JsonArray(new JsonObject { ["message"] = "empty or missing yaml metadata in repo card" });
        else if (text.IndexOf("\n---", 3, StringComparison.Ordinal) is var end &&
            (end < 0 || text[..end].Contains('\t', StringComparison.Ordinal)))
        {
            answer["errors"] = new JsonArray(new JsonObject { ["message"] = "Invalid YAML" });
            status = 400;
        }
        await exchange.JsonAsync(answer, status).ConfigureAwait(false);
    }
}
