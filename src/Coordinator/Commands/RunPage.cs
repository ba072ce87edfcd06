using System.Net;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Control;
using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Coordinator.Metrics;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Preparation;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Coordinator.Web;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>The page of a run, as its options say.</summary>
/// <param name="options">Of the command.</param>
/// <param name="run">Locked and open.</param>
/// <param name="telemetry">Stands beside it, for programs.</param>
/// <param name="hub">Where inputs may be.</param>
/// <param name="time">For time-outs.</param>
internal sealed class RunPage(
    RunOptions options, PreparedRun run, RunTelemetry telemetry, Lazy<HubAccess> hub, TimeProvider time)
{
    private string RunFolder => run.Places.RunFolder;

    /// <returns>Null where none is wanted, or none is possible and nobody has asked for one.</returns>
    /// <exception cref="UserErrorException">The address cannot be listened on.</exception>
    public async Task<PageServer?> StartAsync(
        RunWatch watch, EventHistory history, RunLoop loop, ControlDesk desk, WrongTokens wrong,
        ServerCertificate? ofWorkers, IRunObserver events)
    {
        if (options.Web.Listen is not { } listen)
            return null;
        var certificate = IPAddress.IsLoopback(listen.Address) || options.Access.Insecure
            ? null
            : ofWorkers ?? ServerCertificate.Of(
                options.Access, listen.Address, AccessFolder.Of(options.Access, RunFolder), time,
                text => events.Observe(new RunEvent.Warning(text)));
        var parts = PartsOf(
            watch, history, loop, desk, wrong, mayAct: certificate is not null || IPAddress.IsLoopback(listen.Address));
        try
        {
            return await PageServer.StartAsync(listen, certificate, parts);
        }
        catch (UserErrorException) when (!options.Web.IsGiven)
        {
            return await AnywhereAsync(listen, parts, events);
        }
    }

    private PageParts PartsOf(
        RunWatch watch, EventHistory history, RunLoop loop, ControlDesk desk, WrongTokens wrong, bool mayAct)
    {
        var feed = new SnapshotFeed(
            watch, progress => PageSnapshot.Of(progress, time.GetUtcNow(), history.Last), time);
        var access = WatchAccess.Of(RunFolder, time);
        var facts = new RunFacts(
            run.Core, RunFolder,
            ResumeCommand.Of(Launchers.Of("coordinator"), Environment.GetCommandLineArgs()), options.Web.PricePerHour, mayAct);
        var documents = new DocumentSamples(
            loop, run.Ledger, run.Core.Spec, new RowFiles(hub, run.Core.Spec), Random.Shared.Next);
        var api = new PageApi(
            watch, history, feed, facts, desk, new FileList(loop, run.Ledger, run.Core.Spec), documents);
        return new PageParts(access, feed, api, wrong, PageGate.AdviceOf(RunFolder)) { Telemetry = telemetry };
    }

    /// <summary>Where the default's port is taken, as by another run.</summary>
    private static async Task<PageServer?> AnywhereAsync(IPEndPoint listen, PageParts parts, IRunObserver events)
    {
        try
        {
            return await PageServer.StartAsync(new IPEndPoint(listen.Address, 0), certificate: null, parts);
        }
        catch (UserErrorException refusal)
        {
            events.Observe(new RunEvent.Warning($"no page is served of this run: {refusal.Message}"));
            return null;
        }
    }
}
