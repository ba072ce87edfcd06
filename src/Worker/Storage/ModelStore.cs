using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Rpc;

namespace FineWebTorch.Worker.Storage;

/// <summary>
/// Makes the model folder of a run available: used in place where it can be seen, else streamed into the cache folder,
/// where it stays for later runs. Every file is proved by its digest.
/// </summary>
internal sealed class ModelStore(string folder, CoordinatorCalls streams, FileHashes hashes)
{
    /// <returns>The folder to load from.</returns>
    public async Task<string> ObtainAsync(ModelDescription model, CancellationToken cancellation)
    {
        if (model.Path.Length > 0 && await IsCompleteAsync(model, model.Path, cancellation))
            return model.Path;
        var cached = Path.Combine(folder, NameOf(model.Digest));
        foreach (var file in model.Files)
        {
            if (await IsGoodAsync(cached, file, cancellation))
                continue;
            await CoordinatorDownload.FetchAsync(
                streams, new ReadFileRequest { ModelFile = file.Name },
                ForeignPath.CombineToWrite(folder, $"{NameOf(model.Digest)}/{NameOf(file.Name)}"), file.Size, file.Sha256,
                cancellation);
        }

        return cached;
    }

    private async Task<bool> IsCompleteAsync(ModelDescription model, string path, CancellationToken cancellation)
    {
        foreach (var file in model.Files)
        {
            if (!await IsGoodAsync(path, file, cancellation))
                return false;
        }

        return model.Files.Count > 0;
    }

    private async Task<bool> IsGoodAsync(string path, ModelFile file, CancellationToken cancellation)
    {
        var local = new FileInfo(FileIdentity.RealPath(Path.Combine(path, NameOf(file.Name))));
        return local.Exists && (ulong)local.Length == file.Size &&
            await hashes.Sha256Async(local.FullName, cancellation) == file.Sha256;
    }

    private static string NameOf(string name)
    {
        try
        {
            return ForeignPath.Name(name);
        }
        catch (ForeignPathException refused)
        {
            throw new IOException(
                $"the coordinator named a model file '{PlainText.Clean(name, 200)}', which is no plain file name: " +
                refused.Fault, refused);
        }
    }
}
