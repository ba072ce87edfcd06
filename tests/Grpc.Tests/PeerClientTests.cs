using System.Text.Json;
using FineWebTorch.Grpc.Tests.Infrastructure;

namespace FineWebTorch.Grpc.Tests;

/// <summary>Clients of other makes against our server.</summary>
public sealed class PeerClientTests(PeerReports reports) : IClassFixture<PeerReports>
{
    private static readonly (string Check, object Seen)[] OfEveryEncoding =
    [
        ("unary", new object[] { true, 7 }),
        ("client streaming", 5050),
        ("server streaming", new[] { 0, 1, 2, 3, 4 }),
        ("duplex streaming", new[] { 1, 2, 3 }),
        ("empty message", ""),
    ];

    private static readonly (string Check, object Seen)[] Others =
    [
        ("response in gzip", 5000),
        ("response in deflate", 5000),
        ("empty response in gzip", 0),
        ("empty response in deflate", 0),
        ("status", new object[] { 5, "keine Zeile: 100 % ä\n" }),
        ("trailers of an error", new[] { new[] { 0, 255 } }),
        ("unhandled exception", new object[] { 2, "Exception was thrown by handler." }),
        ("null response", 1),
        ("unknown method", 12),
        ("unknown service", 12),
        ("error after messages", new object[] { new[] { 0, 1 }, 15 }),
        ("error before messages", 15),
        ("headers", new object[] { "plain", true }),
        ("trailers", new object[] { "plain", true }),
        ("large message", new[] { 3_500_000, 3_500_000 }),
        ("request over the limit", 8),
        ("response over the limit", 8),
        ("deadline", 4),
        ("deadline seen by the server", "was cancelled"),
        ("cancellation", 1),
    ];

    public static TheoryData<string, string, string> Checks
    {
        get
        {
            var checks = new TheoryData<string, string, string>();
            foreach (var peer in new[] { "grpcio", "grpc-js" })
            {
                foreach (var encoding in new[] { "", " gzip", " deflate" })
                {
                    foreach (var (check, seen) in OfEveryEncoding)
                        checks.Add(peer, check + encoding, JsonSerializer.Serialize(seen));
                }

                foreach (var (check, seen) in Others) checks.Add(peer, check, JsonSerializer.Serialize(seen));
            }

            return checks;
        }
    }

    [Theory]
    [MemberData(nameof(Checks))]
    public async Task PeerClient_EachCheck_SeesWhatItShould(string peer, string check, string expected)
    {
        var seen = await reports.OfAsync(peer);

        Assert.Equal(expected, seen.GetValueOrDefault(check, "nothing"));
    }
}
