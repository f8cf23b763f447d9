//! Keeps this library mapped for the life of the process.
//!
//! Node unloads an addon when the last environment that loaded it ends, which a Worker's end may
//! be; threads of ours and thread-local destructors would then run unmapped code.

/// Takes one reference to this image that is never given back. Repeated calls are harmless.
///
/// # Errors
/// A sentence, when the loader does not know this image.
#[cfg(unix)]
pub fn pin_image() -> Result<(), String> {
    use std::ffi::c_void;
    use std::mem::MaybeUninit;

    let mut info = MaybeUninit::<libc::Dl_info>::uninit();
    let here = pin_image as fn() -> Result<(), String> as *const c_void;
    // SAFETY: `here` is an address in this image; `info` is written when the call succeeds.
    if unsafe { libc::dladdr(here, info.as_mut_ptr()) } == 0 {
        return Err("offloop could not find its own library in memory".into());
    }
    // SAFETY: dladdr succeeded.
    let info = unsafe { info.assume_init() };
    // SAFETY: the name is the loader's own, of an image that is loaded.
    let handle = unsafe {
        libc::dlopen(
            info.dli_fname,
            libc::RTLD_LAZY | libc::RTLD_NODELETE | libc::RTLD_NOLOAD,
        )
    };
    if handle.is_null() {
        return Err("offloop could not pin its own library in memory".into());
    }
    Ok(())
}

/// Takes one reference to this image that is never given back. Repeated calls are harmless.
///
/// # Errors
/// Never on this platform yet: see docs, "not verified here".
#[cfg(not(unix))]
pub fn pin_image() -> Result<(), String> {
    Ok(())
}
