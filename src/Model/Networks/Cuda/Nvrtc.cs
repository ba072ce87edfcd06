using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>NVIDIA's run-time compiler, which every libtorch with CUDA brings.</summary>
internal sealed unsafe class Nvrtc
{
    private static readonly Lazy<Nvrtc> Library = new(() => new Nvrtc(NativeLibraries.OpenNvrtc()));

    private readonly delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int> _createProgram;
    private readonly delegate* unmanaged<nint*, int> _destroyProgram;
    private readonly delegate* unmanaged<nint, int, byte**, int> _compileProgram;
    private readonly delegate* unmanaged<nint, nuint*, int> _logSize;
    private readonly delegate* unmanaged<nint, byte*, int> _log;
    private readonly delegate* unmanaged<nint, nuint*, int> _cubinSize;
    private readonly delegate* unmanaged<nint, byte*, int> _cubin;
    private readonly delegate* unmanaged<nint, nuint*, int> _ptxSize;
    private readonly delegate* unmanaged<nint, byte*, int> _ptx;
    private readonly delegate* unmanaged<int*, int> _architectureCount;
    private readonly delegate* unmanaged<int*, int> _architectures;

    /// <param name="library">NVRTC of CUDA 11.2 or newer, opened.</param>
    /// <exception cref="EntryPointNotFoundException">It is older.</exception>
    public Nvrtc(nint library)
    {
        nint Find(string name) => NativeLibrary.GetExport(library, name);
        _createProgram =
            (delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int>)Find("nvrtcCreateProgram");
        _destroyProgram = (delegate* unmanaged<nint*, int>)Find("nvrtcDestroyProgram");
        _compileProgram = (delegate* unmanaged<nint, int, byte**, int>)Find("nvrtcCompileProgram");
        _logSize = (delegate* unmanaged<nint, nuint*, int>)Find("nvrtcGetProgramLogSize");
        _log = (delegate* unmanaged<nint, byte*, int>)Find("nvrtcGetProgramLog");
        _cubinSize = (delegate* unmanaged<nint, nuint*, int>)Find("nvrtcGetCUBINSize");
        _cubin = (delegate* unmanaged<nint, byte*, int>)Find("nvrtcGetCUBIN");
        _ptxSize = (delegate* unmanaged<nint, nuint*, int>)Find("nvrtcGetPTXSize");
        _ptx = (delegate* unmanaged<nint, byte*, int>)Find("nvrtcGetPTX");
        _architectureCount = (delegate* unmanaged<int*, int>)Find("nvrtcGetNumSupportedArchs");
        _architectures = (delegate* unmanaged<int*, int>)Find("nvrtcGetSupportedArchs");
    }

    /// <summary>That of the libtorch in use.</summary>
    /// <exception cref="DllNotFoundException">There is none.</exception>
    public static Nvrtc Loaded => Library.Value;

    /// <summary>Compiles a text for a GPU.</summary>
    /// <param name="source">C++17 without includes.</param>
    /// <param name="architecture">Of the GPU, as in sm_XY: 10 X + Y.</param>
    /// <returns>What cuModuleLoadData takes.</returns>
    /// <exception cref="ExternalException">It does not compile; the message is the compiler's first line.</exception>
    public byte[] Compile(string source, int architecture)
    {
        var (known, isBinary) = TargetOf(architecture, Architectures());
        nint program = 0;
        fixed (byte* text = Text(source), name = Text("kernels.cu"),
            target = Text($"--gpu-architecture={(isBinary ? "sm" : "compute")}_{known}"),
            standard = Text("--std=c++17"))
        {
            Check(_createProgram(&program, text, name, 0, null, null), "nvrtcCreateProgram");
            try
            {
                var options = stackalloc byte*[] { target, standard };
                var status = _compileProgram(program, 2, options);
                if (status != 0)
                    throw Failure($"NVRTC does not compile the kernels (error {status}): {Log(program)}");
                return isBinary
                    ? Output(program, _cubinSize, _cubin, "nvrtcGetCUBIN")
                    : Output(program, _ptxSize, _ptx, "nvrtcGetPTX");
            }
            finally
            {
                _ = _destroyProgram(&program);
            }
        }
    }

    /// <summary>
    /// What to compile for: binary code of the newest architecture of the GPU's own generation that the compiler knows,
    /// which every later member of that runs; for a generation that it does not know, PTX of the newest before it,
    /// which the driver translates.
    /// </summary>
    internal static (int Architecture, bool IsBinary) TargetOf(int architecture, IReadOnlyList<int> known)
    {
        var newest = known.Where(one => one <= architecture).DefaultIfEmpty().Max();
        return newest != 0
            ? (newest, newest / 10 == architecture / 10)
            : throw Failure($"NVRTC compiles for sm_{known.Min()} and newer, but the GPU is sm_{architecture}");
    }

    private int[] Architectures()
    {
        int count;
        Check(_architectureCount(&count), "nvrtcGetNumSupportedArchs");
        var all = new int[count];
        fixed (int* start = all)
            Check(_architectures(start), "nvrtcGetSupportedArchs");
        return all;
    }

    private static byte[] Output(
        nint program, delegate* unmanaged<nint, nuint*, int> sizeOf, delegate* unmanaged<nint, byte*, int> get,
        string call)
    {
        nuint size;
        Check(sizeOf(program, &size), $"{call}Size");
        var output = new byte[size];
        fixed (byte* start = output)
            Check(get(program, start), call);
        return output;
    }

    /// <summary>One line of what the compiler says.</summary>
    private string Log(nint program)
    {
        nuint size;
        if (_logSize(program, &size) != 0 || size <= 1)
            return "it gives no reason";
        var log = new byte[size];
        fixed (byte* start = log)
            _ = _log(program, start);
        return Encoding.UTF8.GetString(log).Split('\n')[0].TrimEnd('\0');
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private static void Check(int status, string call)
    {
        if (status != 0)
            throw Failure($"{call} failed with NVRTC error {status}");
    }

    [SuppressMessage("Usage", "CA2201", Justification = "The same type as for libtorch's errors.")]
    private static ExternalException Failure(string message) => new(message);
}
