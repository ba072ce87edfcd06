namespace FineWebTorch.Coordinator.Ledger;

/// <summary>The classifier of a run.</summary>
/// <param name="Id">Repository id or folder, as the user named it.</param>
/// <param name="Revision">Commit; empty for a local folder.</param>
/// <param name="Path">Absolute folder.</param>
/// <param name="Digest">Over names and digests of the files, lower-case hex.</param>
internal sealed record ModelRecord(
    string Id, string Revision, string Path, string Digest, IReadOnlyList<ModelFileRecord> Files);
