using System.Runtime.ExceptionServices;
using FineWebTorch.Hub.Tests;

[assembly: AssemblyFixture(typeof(SecretsStaySecret))]

namespace FineWebTorch.Hub.Tests;

/// <summary>
/// Watches all log lines and all exceptions of this suite. At its end none of them may hold a token or the signature of
/// an address; the run fails if one does.
/// </summary>
public sealed class SecretsStaySecret : IDisposable
{
    private static readonly string[] Secrets =
        [EmulatedHub.Token, EmulatedHub.ReadToken, "Signature=", "X-Amz-Signature", "Key-Pair-Id"];

    public SecretsStaySecret() => AppDomain.CurrentDomain.FirstChanceException += Note;

    public void Dispose()
    {
        AppDomain.CurrentDomain.FirstChanceException -= Note;
        var leaks = TestLog.Lines.Where(line => Secrets.Any(secret => line.Contains(secret, StringComparison.Ordinal)))
            .ToList();
        Assert.False(TestLog.Lines.IsEmpty, "nothing was logged: the watch does not work");
        Assert.True(leaks.Count == 0, $"{leaks.Count} lines hold a secret; the first: {leaks.FirstOrDefault()}");
    }

    private static void Note(object? sender, FirstChanceExceptionEventArgs args)
    {
        if (args.Exception is HubException or HttpRequestException or IOException)
            TestLog.Lines.Enqueue(args.Exception.Message);
    }
}
