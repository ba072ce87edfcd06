using System.Text.Json;
using System.Text.Json.Nodes;

namespace FineWebTorch.HubEmulator;

/// <summary>
/// For tests of other programs: <c>POST /_emulator/faults</c> (a <see cref="Fault"/> as JSON), <c>DELETE
/// /_emulator/faults</c>,
/// <c>GET /_emulator/requests</c> (how many of each kind), <c>DELETE /_emulator/requests</c>, <c>POST
/// /_emulator/expire</c> (of signed addresses), <c>POST /_emulator/collect</c> (drops what no commit names).
/// </summary>
internal static class ControlRoutes
{
    public const string Prefix = "_emulator";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static async Task HandleAsync(Exchange exchange)
    {
        var what = exchange.Target.Segments.Count > 1 ? exchange.Target.Segments[1] : "";
        switch (exchange.Request.Method, what)
        {
            case ("POST", "faults"):
                var body = await exchange.ReadJsonAsync().ConfigureAwait(false);
                exchange.State.Faults.Add(body.Deserialize<Fault>(Json)!);
                break;
            case ("DELETE", "faults"):
                exchange.State.Faults.Clear();
                break;
            case ("GET", "requests"):
                await exchange.JsonAsync(JsonSerializer.SerializeToNode(exchange.State.Log.Counts())!)
                    .ConfigureAwait(false);
                return;
            case ("DELETE", "requests"):
                exchange.State.Log.Clear();
                break;
            case ("POST", "expire"):
                exchange.State.Signatures.ExpireAll();
                break;
            case ("POST", "collect"):
                exchange.State.Garbage.Run(DateTimeOffset.MaxValue);
                break;
            default:
                throw new ApiException(404, null, "no such control");
        }
        await exchange.JsonAsync(new JsonObject { ["ok"] = true }).ConfigureAwait(false);
    }
}
