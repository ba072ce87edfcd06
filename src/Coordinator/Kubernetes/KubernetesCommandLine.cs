using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;
using FineWebTorch.Hub;
using k8s;

namespace FineWebTorch.Coordinator.Kubernetes;

/// <summary><c>coordinator workers kubernetes</c>: workers of a run as a Job of a cluster, and its coordinator too.</summary>
internal static class KubernetesCommandLine
{
    /// <param name="connect">Where the API server of a context is and how it is spoken to.</param>
    /// <param name="hub">What a coordinator in the cluster shows to the Hub.</param>
    public static Command Create(
        TextWriter output, TimeProvider time, Func<string?, KubernetesClientConfiguration> connect, HubEnvironment hub)
    {
        var table = new CommandTable<KubernetesRequest>(
            KubernetesRequest.Settings,
            (request, context, interrupted) =>
                new KubernetesCommand(request, output, context.Notices, time, connect, hub).RunAsync(interrupted))
        {
            Finish = (request, isGiven, violations) => request.Finish(isGiven, violations),
            Examples =
            [
                "coordinator workers kubernetes --count 100 --gpu nvidia.com/gpu=1 \\\n" +
                    "--image ghcr.io/me/fineweb-torch:1.0",
                "coordinator workers kubernetes --count 40", "coordinator workers kubernetes --count 0",
                "coordinator workers kubernetes --count 100 --run-option=--files=250 \\\n" +
                    "--run-option=--output=hf://datasets/me/my-edu --dry-run | kubectl apply -f -",
            ],
        };
        return table.Complete(new Command(
            "kubernetes", "Start workers of a run in a Kubernetes cluster, and the run's coordinator too, end them with the run"));
    }
}

/// <summary>What the command does, once its options are known.</summary>
internal sealed class KubernetesCommand(
    KubernetesRequest request, TextWriter output, TextWriter notices, TimeProvider time,
    Func<string?, KubernetesClientConfiguration> connect, HubEnvironment hub)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task<int> RunAsync(CancellationToken interrupted)
    {
        if (request.DryRun)
            return DryRun();
        var configuration = connect(request.Context);
        configuration.HttpClientTimeout = Patience;
        using var client = new k8s.Kubernetes(configuration);
        var site = KubernetesSite.Of(request, request.Namespace ?? configuration.Namespace ?? "default");
        var cluster = new Cluster(client, site.Labels);
        try
        {
            return request.Count switch
            {
                null => await TellAsync(cluster, site, interrupted),
                0 => await EndAsync(cluster, site, interrupted),
                { } count when IsKept(site) => await ChangeAsync(cluster, site, count, interrupted),
                { } count => await StartAsync(cluster, site, count, interrupted),
            };
        }
        catch (AwayException away)
        {
            throw new UserErrorException($"the cluster gives no answer: {away.Message}", inner: away);
        }
    }

    /// <summary>Whether only the number is to be changed: somebody keeps the workers, or the run is the cluster's.</summary>
    private bool IsKept(KubernetesSite site) =>
        site.Notes is { } notes ? KeeperNote.IsKept(notes) : request.RunOptions.Count == 0;

    private int DryRun()
    {
        var site = KubernetesSite.Of(request, request.Namespace);
        if (site.RunFolder is null && request.RunOptions.Count == 0)
            throw new UserErrorException("--dry-run: give the run's options too, as --run-option=--output=hf://datasets/me/my-edu");
        var access = site.RunFolder is null ? AccessBundle.Make(time) : null;
        output.Write(KubernetesYaml.SerializeAll(site.Objects(request.Count!.Value, access, HubToken)));
        notices.WriteLine("what was printed lets workers in: keep it as you keep a password");
        return ExitCode.Success;
    }

    /// <summary>A coordinator that is elsewhere has its own.</summary>
    private Secret? HubToken => request.IsWithin ? hub.FindToken()?.ToSecret() : null;

    private async Task<int> StartAsync(Cluster cluster, KubernetesSite site, int count, CancellationToken interrupted)
    {
        AccessBundle? access = null;
        if (site.RunFolder is { } folder)
            RunSight.DemandWork(folder);
        else
            access = await AccessAsync(cluster, interrupted);
        using var held = site.Notes is { } notes ? KeeperNote.Take(notes, "the run's workers in a cluster") : null;
        if (site.Notes is not null)
            KeeperNote.Of(count, request.Shape.Image).Write(site.Notes);
        var words = new KubernetesWords(KeeperWords.Stamped(notices, time));
        if (await cluster.ReadWorkersAsync(interrupted) is { } job && Cluster.HasEnded(job, "Complete", "Failed"))
            await cluster.DeleteJobAsync(interrupted);
        await cluster.ApplyAsync(site.Objects(count, access, HubToken), interrupted);
        words.Applied(site.Labels.Namespace!, site.Labels.Workers, count);
        return await Keeper(cluster, site, access, words).KeepAsync(interrupted);
    }

    private KubernetesKeeper Keeper(Cluster cluster, KubernetesSite site, AccessBundle? access, KubernetesWords words)
    {
        Func<CancellationToken, Task<RunSight>> look = site.RunFolder is { } folder
            ? _ => Task.FromResult(RunSight.Of(folder))
            : new HeadSight(cluster, words).LookAsync;
        return new KubernetesKeeper(
            cluster, look, RenewAsync, EndHeadAsync, words,
            new KeeperOptions(request.Interval, request.GiveUpAfter) { Time = time });

        async Task RenewAsync(int count, CancellationToken cancellation)
        {
            await cluster.DeleteJobAsync(cancellation);
            await cluster.ApplyAsync(site.Objects(count, access, HubToken), cancellation);
        }

        async Task EndHeadAsync(CancellationToken cancellation)
        {
            if (site.RunFolder is not null)
                return;
            await cluster.EndHeadAsync(cancellation);
            words.Volume($"data-{site.Labels.Head}-0");
        }
    }

    /// <summary>One key and token for all coordinators of the run, however often it is applied.</summary>
    private async Task<AccessBundle> AccessAsync(Cluster cluster, CancellationToken cancellation) =>
        await cluster.ReadAccessAsync(cancellation) is { Data: { } files } ? new AccessBundle(files) : AccessBundle.Make(time);

    private async Task<int> ChangeAsync(Cluster cluster, KubernetesSite site, int count, CancellationToken cancellation)
    {
        var job = await cluster.ReadWorkersAsync(cancellation) ?? throw new UserErrorException(
            site.RunFolder is null
                ? $"namespace {site.Labels.Namespace}: no workers of a run '{site.Labels.Name}'; --run-option starts one"
                : $"{site.RunFolder}: another command is about to start its workers; try again");
        var before = WorkerManifests.WantedOf(job);
        await cluster.ScaleAsync(count, KubernetesKeeper.CountOf(job.Status?.FailedIndexes), cancellation);
        output.WriteLine($"{NumberText.Count(count, "worker")} from now on, {NumberText.Count(before)} before");
        return ExitCode.Success;
    }

    private async Task<int> EndAsync(Cluster cluster, KubernetesSite site, CancellationToken cancellation)
    {
        var job = await cluster.ReadWorkersAsync(cancellation);
        await cluster.EndWorkersAsync(cancellation);
        output.WriteLine(job is null
            ? "no worker of this run is in the cluster"
            : $"ended {NumberText.Count(WorkerManifests.WantedOf(job), "worker")}");
        if (site.RunFolder is null)
            output.WriteLine($"its coordinator stays: 'kubectl scale statefulset {site.Labels.Head} --replicas 0' ends it");
        return ExitCode.Success;
    }

    private async Task<int> TellAsync(Cluster cluster, KubernetesSite site, CancellationToken cancellation)
    {
        var job = await cluster.ReadWorkersAsync(cancellation);
        List<WorkerPod> pods = [.. (await cluster.ListPodsAsync(Labels.Worker, cancellation))
            .Select(pod => new WorkerPod(pod, WorkerManifests.Container))];
        foreach (var pod in pods.Where(pod => pod.IsRunning || pod.IsWaiting))
            output.WriteLine(pod.IsRunning
                ? $"{pod.Name}: running on {pod.Node} for {NumberText.Duration(pod.ElapsedAt(time.GetUtcNow()))}"
                : $"{pod.Name}: waiting{(pod.WaitsFor.Length > 0 ? $" ({pod.WaitsFor})" : "")}");
        output.WriteLine(job is null
            ? "no worker of this run is in the cluster"
            : $"{KubernetesWords.CountsOf(pods)}, of {NumberText.Count(WorkerManifests.WantedOf(job))}");
        if (site.Notes is { } notes && job is not null)
            output.WriteLine(KeeperNote.IsKept(notes) && KeeperNote.Read(notes) is { } note
                ? $"{note} ends them with the run"
                : "no command ends them with the run: 'coordinator workers kubernetes --count N' does");
        return ExitCode.Success;
    }
}
