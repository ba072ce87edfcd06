using System.Diagnostics;
using System.Text;
using FineWebTorch.Parquet.Tests;

namespace FineWebTorch.EndToEnd.Tests.Hostile;

/// <summary>Parquet files that would fill memory, never end, or are none.</summary>
internal static class HostileParquet
{
    private const int Zstandard = 6;

    private static readonly string Sample =
        Path.Combine(TestData.RepositoryRoot, "data", "sample", "000_00000.parquet");

    /// <summary>What makes the file, and what is said of it.</summary>
    public static IReadOnlyDictionary<string, (Action<string> Make, string Said)> All { get; } =
        new Dictionary<string, (Action<string>, string)>(StringComparer.Ordinal)
        {
            ["bomb-zstd"] = (path => Bomb(path, "zstd", Zstandard, 100), "is damaged at or after row 0"),
            ["bomb-zstd-said"] = (path => Bomb(path, "zstd", Zstandard, int.MaxValue), "too much memory"),
            ["bomb-snappy"] = (path => Bomb(path, "snappy", 1, 100), "is damaged at or after row 0"),
            ["bomb-gzip"] = (path => Bomb(path, "gzip", 2, 100), "is damaged at or after row 0"),
            ["bomb-brotli"] = (path => Bomb(path, "brotli", 4, 100), "is damaged at or after row 0"),
            ["bomb-lz4"] = (path => Bomb(path, "lz4", 7, 100), "is damaged at or after row 0"),
            ["footer-2-gb"] = (path => Hole(path, 3L << 30, 2u << 30), "its footer has 2147483648 bytes, over the limit"),
            ["footer-beyond"] = (path => Hole(path, 1000, uint.MaxValue), "is beyond the file"),
            ["row-groups"] = (Groups, "describes 2000000 row groups, over the limit of 1000000"),
            ["text-of-3-gb"] = (path => new TinyParquet(Long()).WriteTo(path), "text"),
            ["truncated"] = (path => File.WriteAllBytes(path, File.ReadAllBytes(Sample)[..^2000]), "does not end with PAR1"),
            ["empty"] = (path => File.WriteAllBytes(path, []), "an empty file"),
            ["device"] = (path => File.CreateSymbolicLink(path, "/dev/zero"), "a device or pipe"),
            ["pipe"] = (MakePipe, "a device or pipe"),
        };

    public static void MakePipe(string path)
    {
        using var made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
    }

    private static void WriteTo(this TinyParquet file, string path) => File.WriteAllBytes(path, file.ToBytes());

    private static void Bomb(string path, string format, int codec, int said) =>
        new TinyParquet(TinyColumn.Text("text", "hello"))
        {
            ClaimedPageSize = said,
            Codec = codec,
            Pack = _ => Bombs.Of(format),
        }.WriteTo(path);

    /// <summary>A file without content, which takes no room on the disk, before a footer that is said to be long.</summary>
    private static void Hole(string path, long length, uint footer)
    {
        using var file = File.Create(path);
        file.Write("PAR1"u8);
        file.Seek(length, SeekOrigin.Current);
        file.Write(BitConverter.GetBytes(footer));
        file.Write("PAR1"u8);
    }

    private static TinyColumn Long()
    {
        var text = TinyColumn.Text("text", "hello");
        return text with { Values = [[.. BitConverter.GetBytes(3_000_000_000u), .. "hello"u8]] };
    }

    /// <summary>Row groups without a field take a byte each.</summary>
    private static void Groups(string path)
    {
        var footer = ThriftWriter.Struct(writer =>
        {
            writer.Int32(1, 1);
            writer.Structs<string?>(2, [null, "text"], (element, name) =>
            {
                element.Int32(1, name is null ? null : 6);
                element.Binary(4, Encoding.ASCII.GetBytes(name ?? "schema"));
                element.Int32(5, name is null ? 1 : null);
            });
            writer.Int64(3, 0);
            writer.Structs(4, new byte[2_000_000], static (_, _) => { });
        });
        File.WriteAllBytes(path, [.. "PAR1"u8, .. footer, .. BitConverter.GetBytes(footer.Length), .. "PAR1"u8]);
    }
}
