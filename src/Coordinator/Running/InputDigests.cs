using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// The digests of local inputs. The coordinator reads them itself, as soon as a worker has opened a file of which none is
/// known; what workers say is compared with it, and who has scored other content is not believed.
/// </summary>
/// <param name="dropScores">Forgets what was scored of a file that nobody holds.</param>
internal sealed class InputDigests(RunState state, LeaseTable leases, Action<RunFile> dropScores, Outbox outbox)
{
    private readonly Dictionary<int, List<Claim>> _claims = [];

    /// <summary>A worker says what the file's digest is where it sees it.</summary>
    public void Note(RunLease lease, string sha256)
    {
        var file = state.Files[lease.File];
        if (HubPaths.IsHub(file.Record.Path))
        {
            // The commit that the run is pinned to has this file and no other.
            Set(file, sha256);
            return;
        }

        if (!_claims.TryGetValue(file.Index, out var claims))
            _claims.Add(file.Index, claims = []);
        var claim = new Claim(lease.WorkerId, sha256);
        if (!claims.Contains(claim))
            claims.Add(claim);
        if (!file.DigestUnderWay)
            Read(file);
    }

    public void Read(RunFile file)
    {
        file.BeginDigest();
        outbox.Digest(file.Record);
    }

    public void Handle(RunCommand.DigestRead digest, TimeSpan now)
    {
        _claims.Remove(digest.File, out var claims);
        if (state.Files.Find(digest.File) is not { } file)
            return;
        file.EndDigest();
        if (file.IsDigestKnown || !file.IsOpen)
            return;
        if (digest.Sha256 is not { } sha256)
        {
            Fail(file, digest, now);
            return;
        }

        Set(file, sha256);
        foreach (var claim in (claims ?? []).Where(claim => claim.Sha256 != sha256))
            Refute(file, claim, now);
    }

    private void Fail(RunFile file, RunCommand.DigestRead digest, TimeSpan now)
    {
        var reason = $"its digest could not be computed: {digest.Error}";
        if (!digest.MayPass)
        {
            // While it is scored it may be read another time; its shard needs the digest.
            if (file.Stage != FileStage.Scoring)
                leases.FailFile(file, reason);
            return;
        }

        leases.Charge(
            file,
            new FailedAttempt("", "the coordinator", reason)
            {
                Kind = LeaseKind.Build,
                Fault = LeaseEnded.Types.Fault.Machine,
            },
            now);
    }

    private void Set(RunFile file, string sha256)
    {
        file.SetDigest(sha256);
        outbox.Change(new LedgerChange.FileDigested(file.Index, sha256));
    }

    private void Refute(RunFile file, Claim claim, TimeSpan now)
    {
        var reason = $"it sees other content (sha256 {claim.Sha256}) than the coordinator ({file.Record.Sha256})";
        foreach (var lease in file.Leases.Where(lease => lease.WorkerId == claim.WorkerId).ToList())
            leases.Fail(lease, reason, now, LeaseEnded.Types.Fault.Machine);
        if (!file.IsOpen || file.Work.Find(work => work.WorkerId == claim.WorkerId) is not { } scored)
            return;
        // Which rows were its own is not known any more.
        leases.RevokeAll(file, "the file is scored anew");
        dropScores(file);
        outbox.Change(new LedgerChange.FileReplaced(file.Record, DropScores: true));
        outbox.Tell(new RunEvent.Warning(
            $"{scored.Worker} has scored other content (sha256 {claim.Sha256}) than lies at {file.Record.Path}; the " +
            "scores of this file were thrown away, and it is scored anew"));
    }

    private sealed record Claim(string WorkerId, string Sha256);
}
