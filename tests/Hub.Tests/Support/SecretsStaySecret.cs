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
    public SecretsStaySecret() => AppDomain.CurrentDomain.FirstChanceException += Note;

    public void Dispose()
    {
        AppDomain.CurrentDomain.FirstChanceException -= Note;
        Assert.False(TestLog.Lines.IsEmpty, "nothing was logged: the watch does not work");
        Secrets.DemandNone("the log", string.Join('\n', TestLog.Lines));
    }

    private static void Note(object? sender, FirstChanceExceptionEventArgs args)
    {
        if (args.Exception is HubException or HttpRequestException or IOException)
            TestLog.Lines.Enqueue(args.Exception.Message);
    }
}
