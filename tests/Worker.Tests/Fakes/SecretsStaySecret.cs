using System.Runtime.ExceptionServices;
using FineWebTorch.Worker.Tests.Fakes;
using Grpc.Core;

[assembly: AssemblyFixture(typeof(SecretsStaySecret))]

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>
/// Watches the log lines and the messages of exceptions of this suite: none may hold the Hub's token or the signature
/// of an address; the run fails if one does.
/// </summary>
public sealed class SecretsStaySecret : IDisposable
{
    public SecretsStaySecret() => AppDomain.CurrentDomain.FirstChanceException += Note;

    public void Dispose()
    {
        AppDomain.CurrentDomain.FirstChanceException -= Note;
        Secrets.DemandNone("the log", string.Join('\n', Logged.Lines));
    }

    private static void Note(object? sender, FirstChanceExceptionEventArgs args)
    {
        if (args.Exception is IOException or HttpRequestException or RpcException)
            Logged.Lines.Enqueue(args.Exception.Message);
    }
}
