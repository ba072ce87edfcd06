using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Ssh;

/// <summary>The programs as one file, known by its digest, so that a machine is sent it once.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Digest">Sha256 of its bytes.</param>
/// <param name="IsTemporary">It was made for this command, and goes with it.</param>
internal sealed record ProgramPackage(string Path, string Digest, bool IsTemporary) : IDisposable
{
    /// <param name="named">An archive or a folder; null for that of this program.</param>
    /// <exception cref="UserErrorException">It is none with a worker in it.</exception>
    public static async Task<ProgramPackage> OfAsync(string? named, CancellationToken cancellation)
    {
        var path = named ?? OwnFolder();
        if (Directory.Exists(path))
            return await PackAsync(path, cancellation);
        return File.Exists(path)
            ? new ProgramPackage(path, await DigestAsync(path, cancellation), IsTemporary: false)
            : throw new UserErrorException($"--programs {path}: no such file or folder");
    }

    public void Dispose()
    {
        if (IsTemporary)
            File.Delete(Path);
    }

    /// <summary>The archive that this program was unpacked from has bin/ beside the program's own folder.</summary>
    private static string OwnFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "bom.cdx.json")))
                return folder.FullName;
        throw new UserErrorException(
            "this program is not from an archive that machines could be given: make one with build/release, and give " +
            "--programs artifacts/release/fineweb-torch-VERSION-linux-x64.tar.gz");
    }

    /// <summary>Of the same files comes the same digest: order and times do not count.</summary>
    private static async Task<ProgramPackage> PackAsync(string folder, CancellationToken cancellation)
    {
        if (!File.Exists(System.IO.Path.Combine(folder, "bin", "worker")))
            throw new UserErrorException($"--programs {folder}: no bin/worker in it");
        var path = System.IO.Path.GetTempFileName();
        await using (var file = File.Create(path))
        await using (var packed = new GZipStream(file, CompressionLevel.Fastest))
        await using (var tar = new TarWriter(packed))
        {
            var names = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories);
            foreach (var name in names.Order(StringComparer.Ordinal))
                await WriteAsync(tar, folder, name, cancellation);
        }

        return new ProgramPackage(path, await DigestAsync(path, cancellation), IsTemporary: true);
    }

    private static async Task WriteAsync(TarWriter tar, string folder, string name, CancellationToken cancellation)
    {
        await using var content = File.OpenRead(name);
        var inside = System.IO.Path.GetRelativePath(folder, name).Replace('\\', '/');
        var entry = new PaxTarEntry(TarEntryType.RegularFile, inside)
        {
            DataStream = content,
            ModificationTime = DateTimeOffset.UnixEpoch,
            Mode = OperatingSystem.IsWindows()
                ? UnixFileMode.UserRead | UnixFileMode.UserExecute
                : File.GetUnixFileMode(name),
        };
        await tar.WriteEntryAsync(entry, cancellation);
    }

    private static async Task<string> DigestAsync(string path, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
    }
}
