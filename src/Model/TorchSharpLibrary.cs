using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using static System.Buffers.Binary.BinaryPrimitives;

namespace FineWebTorch.Model;

/// <summary>
/// Makes TorchSharp's library load where libstdc++ is older than GCC 13's. The library demands version
/// <c>GLIBCXX_3.4.32</c> and uses nothing of it, so a copy in memory, in which the demand is marked weak, does the same.
/// Layout of the tables: ELF and the Linux Standard Base, section "Symbol Versioning".
/// </summary>
internal static partial class TorchSharpLibrary
{
    private const string Library = "LibTorchSharp";
    private static readonly byte[] Unused = "GLIBCXX_3.4.32\0"u8.ToArray();

    /// <summary>The runtime asks here only after its own search has failed.</summary>
#pragma warning disable CA2255 // It has to come before TorchSharp's first call, whoever makes it.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register()
    {
        if (OperatingSystem.IsLinux() && Environment.Is64BitProcess)
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) => name == Library ? LoadMended() : 0;
    }

    private static nint LoadMended()
    {
        var architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        var beside = Path.Combine(AppContext.BaseDirectory, $"lib{Library}.so");
        var below = Path.Combine(AppContext.BaseDirectory, $"runtimes/linux-{architecture}/native/lib{Library}.so");
        var file = File.Exists(beside) ? beside : below;
        if (!File.Exists(file))
            return 0;
        var image = File.ReadAllBytes(file);
        if (!Weaken(image))
            return 0;
        var memory = MemoryFile(Library, 0);
        if (memory < 0)
            return 0;
        var path = $"/proc/self/fd/{memory}";
        using (var written = new FileStream(path, FileMode.Open, FileAccess.Write))
            written.Write(image);
        // What it needs lies beside the original, where the loader does not look for a file in memory.
        NativeLibrary.TryLoad(Path.Combine(Path.GetDirectoryName(file)!, "libtorch.so"), out _);
        return NativeLibrary.TryLoad(path, out var handle) ? handle : 0;
    }

    /// <summary>Sets VER_FLG_WEAK in the entry of the version, if the image has one.</summary>
    private static bool Weaken(Span<byte> image)
    {
        const int VersionNeeds = 0x6ffffffe;
        var headers = (int)ReadInt64LittleEndian(image[0x28..]);
        var (size, count) = (ReadUInt16LittleEndian(image[0x3a..]), ReadUInt16LittleEndian(image[0x3c..]));
        for (var index = 0; index < count; index++)
        {
            var header = image[(headers + (index * size))..];
            if (ReadInt32LittleEndian(header[4..]) != VersionNeeds)
                continue;
            var strings = image[(headers + (ReadInt32LittleEndian(header[40..]) * size))..];
            var names = (int)ReadInt64LittleEndian(strings[24..]);
            if (WeakenIn(image, (int)ReadInt64LittleEndian(header[24..]), names))
                return true;
        }
        return false;
    }

    private static bool WeakenIn(Span<byte> image, int file, int names)
    {
        for (int next; ; file += next)
        {
            var entry = file + ReadInt32LittleEndian(image[(file + 8)..]);
            for (var left = ReadUInt16LittleEndian(image[(file + 2)..]); left > 0; left--)
            {
                if (image[(names + ReadInt32LittleEndian(image[(entry + 8)..]))..].StartsWith(Unused))
                {
                    image[entry + 4] |= 2;
                    return true;
                }
                entry += ReadInt32LittleEndian(image[(entry + 12)..]);
            }
            next = ReadInt32LittleEndian(image[(file + 12)..]);
            if (next == 0)
                return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemoryFile(string name, uint flags);
}
